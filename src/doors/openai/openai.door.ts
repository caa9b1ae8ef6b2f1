import {
  bearerOnly,
  callerByAddress,
  crossSiteRefusal,
  type Door,
  type DoorErrors,
  ownHeaders,
} from '../kit/index.js';
import { openAiErrorOf } from './domain/errors.js';
import { OpenAiRoutes } from './openai.routes.js';

const errors: DoorErrors = {
  answer: (refusal, error) => {
    const { status, body, retryAfterSeconds } = openAiErrorOf(refusal, error);
    return {
      status,
      contentType: 'application/json; charset=utf-8',
      ...(retryAfterSeconds !== undefined && { headers: { 'retry-after': String(retryAfterSeconds) } }),
      body: JSON.stringify(body),
    };
  },
};

/** OpenAI's API for images and videos, so that its SDKs run on the cluster with another base URL. */
export const openAiDoor: Door = {
  name: 'openai',
  label: 'openai',
  ports: ['main'],
  prefixes: ['/openai/v1'],
  errors,
  cors: () => ({ kind: 'none' }),
  keepsOut: crossSiteRefusal,
  callerOf: callerByAddress,
  access: bearerOnly,
  quietPaths: [],
  finish: ownHeaders,
  bodies: 'json',
  register: (server, get) => get(OpenAiRoutes).register(server),
  sockets: null,
};
