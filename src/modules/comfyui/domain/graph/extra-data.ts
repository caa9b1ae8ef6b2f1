import { valueFaultSteps } from './input-values.js';
import { isJsonObject } from '../json/json.js';
import type { Steps } from '../steps.js';

/** `extra_data` as the server can bear it. */
export type SanitisedExtraData =
  | { ok: true; extraData: Record<string, unknown> }
  | { ok: false; message: string };

/**
 * Absent reads as empty. A `client_id` that is no string would end the server's process, and `extra_pnginfo` or its
 * `workflow` that is no object would break its job list: both are left out.
 */
export function* sanitiseExtraDataSteps(raw: unknown): Steps<SanitisedExtraData> {
  if (raw === undefined) return { ok: true, extraData: {} };
  if (!isJsonObject(raw)) return { ok: false, message: 'extra_data is not an object' };
  const problem = yield* valueFaultSteps(raw);
  if (problem !== undefined) return { ok: false, message: `extra_data: ${problem}` };
  const kept = Object.entries(raw).flatMap(([key, value]) => keepExtra(key, value));
  return { ok: true, extraData: Object.fromEntries(kept) };
}

function keepExtra(key: string, value: unknown): [string, unknown][] {
  if (key === '__proto__' || (key === 'client_id' && typeof value !== 'string')) return [];
  if (key !== 'extra_pnginfo') return [[key, value]];
  if (!isJsonObject(value)) return [];
  const { workflow, ...rest } = value;
  return [[key, isJsonObject(workflow) ? { ...rest, workflow } : rest]];
}

/** Credentials for partner nodes: they go to the run and are told nobody. */
const credentialKeys = new Set(['auth_token_comfy_org', 'api_key_comfy_org']);
const isCredential = ([key]: [string, unknown]): boolean => credentialKeys.has(key);

/** What may be kept in clear, and what may not. */
export function splitCredentials(all: Record<string, unknown>): {
  extraData: Record<string, unknown>;
  credentials: Record<string, unknown>;
} {
  const entries = Object.entries(all);
  return {
    extraData: Object.fromEntries(entries.filter((entry) => !isCredential(entry))),
    credentials: Object.fromEntries(entries.filter(isCredential)),
  };
}
