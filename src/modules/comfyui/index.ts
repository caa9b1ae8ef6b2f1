export { ComfyCallError, type ComfyCallErrorKind } from './transport/errors.js';
export { ComfyClient } from './client.js';
export type {
  ComfyTimeouts,
  DownloadedFile,
  FileReference,
  PostPromptAnswer,
  PostPromptRequest,
  UploadRequest,
} from './client-types.js';
export { ComfySocket, type ComfySocketEvents, type ComfySocketOptions } from './socket/socket.js';
export { memoryIn, probeNode, type GpuDevice, type NodeMemory, type NodeProbe } from './probe.js';
export {
  parseInTurns,
  parsePlainInTurns,
  storedObject,
  stringifyInTurns,
  textInTurns,
} from './json-in-turns.js';
export * from './domain/index.js';
