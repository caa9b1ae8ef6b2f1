export { answerRange, mayBeSentOn } from './files/answer-range.js';
export { type ApiDocsOptions, type DocumentPart, openApiDocument, serveApiDocs } from './api-docs.js';
export { fileHeaders } from './files/file-headers.js';
export { servedFile, shownAs } from './files/served-file.js';
export { answerEvents } from './event-answer.js';
export { DoorErrorFilter } from './errors/door-error.filter.js';
export {
  type Asker,
  bearerOnly,
  type Caller,
  callerByAddress,
  type Door,
  type DoorErrors,
  type DoorAccess,
  DoorTable,
  type ErrorAnswer,
  ipOf,
  type Place,
  plainPath,
  type SocketOffer,
} from './door.js';
export { Access, type RouteAccess, to } from './caller/route-access.js';
export { BrowserSessions } from './caller/browser-sessions.js';
export { cookieOf, setCookie } from './caller/cookies.js';
export { loginCookie, loginCookieNames } from './caller/credentials.js';
export { type OpensBy } from './caller/opens-by.js';
export { createHttpAdapter, type HttpAdapterOptions } from './port/http-adapter.js';
export { jsonLimits, jsonOf } from './bodies/json-body.js';
export { multipartParts, type MultipartLimits } from './bodies/multipart-parts.js';
export { DoorKitModule } from './kit.module.js';
export { jobDetailSchema, jobLabels, jobSchema, type JobBody } from './job/job-document.schema.js';
export {
  type BatchBody,
  batchBodyOf,
  batchSchema,
  listedBatchOf,
  listedBatchSchema,
} from './job/batch-document.js';
export { bodyOf, deliverOf, detailOf, etaOf } from './job/job-document.js';
export { OutputLinks, type UrlOf } from './job/output-links.js';
export { adapterOptions, DoorPorts, doorsOn } from './port/door-ports.js';
export {
  type FieldError,
  fieldErrors,
  problemErrors,
  schemaValidationPipe,
} from './errors/problem-errors.js';
export { type Asked, crossSiteRefusal, type OwnNames } from './sites/cross-site.js';
export { nativePortCors } from './sites/cors.js';
export { ownHeaders } from './sites/own-headers.js';
export { type AddressedRequest, publicBaseUrl } from './sites/public-base-url.js';
export { type Refusal, refusalOf } from './errors/refusal.js';
export { rateKindOf, shareOf } from './rates/rate-kinds.js';
export { RateLimits } from './rates/rate-limits.js';
export type { StreamLimits } from './rates/stream-limits.js';
export { addRoutes, refuseRest, type Route } from './routes.js';
