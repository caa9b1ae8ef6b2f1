import { describe, expect, it } from 'vitest';

import { atOnce } from '../steps.js';
import { sanitiseExtraDataSteps } from './extra-data.js';

describe('extra_data', () => {
  it.each<[string, unknown, Record<string, unknown>]>([
    ['reads as empty when absent', undefined, {}],
    ['loses a client_id that would end the process', { client_id: { a: 1 } }, {}],
    ['keeps a client_id that is text', { client_id: 'x' }, { client_id: 'x' }],
    ['loses extra_pnginfo: null', { extra_pnginfo: null, a: 1 }, { a: 1 }],
    ['loses a workflow: null', { extra_pnginfo: { workflow: null, b: 1 } }, { extra_pnginfo: { b: 1 } }],
    [
      'keeps a workflow',
      { extra_pnginfo: { workflow: { id: 'w' } } },
      { extra_pnginfo: { workflow: { id: 'w' } } },
    ],
  ])('%s', (_name, raw, extraData) => {
    expect(atOnce(sanitiseExtraDataSteps(raw))).toEqual({ ok: true, extraData });
  });

  it.each([null, [], 'x', 1])('is refused when it is %j', (raw) => {
    expect(atOnce(sanitiseExtraDataSteps(raw)).ok).toBe(false);
  });
});
