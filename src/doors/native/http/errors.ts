/** Errors in ComfyUI's shape: an `error` object and no node errors; a bare status for what its web server refuses itself. */
import { writeJson } from '../../../modules/comfyui/domain/index.js';
import { Fault } from '../../../platform/fault.js';
import type { DoorErrors } from '../../kit/index.js';

export const nativeErrors: DoorErrors = {
  answer({ status, code, message }, error, request) {
    if (status === 413 && !(error instanceof Fault)) {
      const limit = request.routeOptions.bodyLimit;
      return { status, contentType: text, body: `Maximum request body size ${limit} exceeded.` };
    }
    const body = { error: { type: code, message, details: '', extra_info: {} }, node_errors: {} };
    return { status, contentType: 'application/json; charset=utf-8', body: writeJson(body) };
  },
};

const text = 'text/plain; charset=utf-8';
