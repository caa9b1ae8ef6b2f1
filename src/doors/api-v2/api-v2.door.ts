import {
  bearerOnly,
  callerByAddress,
  crossSiteRefusal,
  type Door,
  type DoorErrors,
  nativePortCors,
  ownHeaders,
} from '../kit/index.js';
import { ApiV2Routes } from './api-v2.routes.js';
import { apiErrorOf } from './http/answers.js';

/** What is refused before a handler is found: other sites, bodies that are too large, malformed requests. */
const errors: DoorErrors = {
  answer: (_refusal, error, request) => {
    const { answer } = apiErrorOf(error);
    return {
      status: answer.status,
      contentType: 'application/json; charset=utf-8',
      headers: { 'x-comfy-request-id': request.id },
      body: JSON.stringify(answer.body),
    };
  },
};

/** Comfy API v2. */
export const apiV2Door: Door = {
  name: 'api-v2',
  label: 'api-v2',
  ports: ['main'],
  prefixes: ['/api/v2'],
  errors,
  cors: () => ({ kind: 'none' }),
  keepsOut: crossSiteRefusal,
  callerOf: callerByAddress,
  access: bearerOnly,
  quietPaths: ['/api/v2/health'],
  finish: ownHeaders,
  bodies: 'json',
  register: (server, get) => get(ApiV2Routes).register(server, { whole: true }),
  sockets: null,
};

/** On ComfyUI's own port only what the contract has: the rest below `/api/v2` is ComfyUI's. */
export const apiV2OnNativePort: Door = {
  ...apiV2Door,
  ports: ['native'],
  prefixes: ['/api/v2/jobs', '/api/v2/assets', '/api/v2/health'],
  cors: nativePortCors,
  register: (server, get) => get(ApiV2Routes).register(server, { whole: false }),
};
