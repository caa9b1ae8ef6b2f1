export { logAccess } from './access-log.js';
export { answerRange, type ServedFile } from './answer-range.js';
export { type ApiDocsOptions, openApiDocument, serveApiDocs } from './api-docs.js';
export { contentDisposition } from './content-disposition.js';
export { DoorErrorFilter, type DoorErrors, type ErrorAnswer, isUnder } from './door-error.filter.js';
export { createHttpAdapter, type HttpAdapterOptions } from './http-adapter.js';
export { multipartParts, type MultipartLimits } from './multipart-parts.js';
export { type FieldError, problemErrors, schemaValidationPipe } from './problem-errors.js';
export { publicBaseUrl } from './public-base-url.js';
export {
  type ByteRange,
  type ConditionalHeaders,
  decideRange,
  type FileVersion,
  parseRange,
  type RangeAnswer,
} from './ranges.js';
export { type Refusal, refusalOf } from './refusal.js';
