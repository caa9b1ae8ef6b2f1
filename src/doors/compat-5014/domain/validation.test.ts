import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pythonJson } from './python-value.js';
import { checkForm, checkJsonBody } from './validation.js';

interface Recorded {
  name: string;
  request: { path: string; files?: object; data?: Record<string, string | number> | string; json?: unknown };
  response: { status: number; body: { detail: unknown } };
}

const recordings = JSON.parse(
  readFileSync(new URL('../../../../test/contract/recordings/port-5014.json', import.meta.url), 'utf8'),
) as Recorded[];
const refused = recordings.filter(({ response }) => response.status === 422);

/** What the client reads: the JSON text, so that 10.0 and 10 are told apart. */
function detailOf(result: ReturnType<typeof checkJsonBody | typeof checkForm>): string | undefined {
  return 'entries' in result ? pythonJson(result.entries) : undefined;
}

function formOf(data: Record<string, string | number>, hasImage = true) {
  return { values: new Map(Object.entries(data).map(([name, value]) => [name, String(value)])), hasImage };
}

function check({ request: { json, data, files } }: Recorded) {
  if (json !== undefined) return checkJsonBody(JSON.stringify(json));
  if (typeof data === 'string') return checkJsonBody(data);
  return checkForm(formOf(data ?? {}, files !== undefined));
}

test.each(refused)('as recorded: $name', (recorded) => {
  expect(detailOf(check(recorded))).toBe(JSON.stringify(recorded.response.body.detail));
});

/** Answers of the original's libraries to bodies with `image_filename` and `prompt` in order. */
const jsonTable: [fields: string, entries: string][] = [
  [
    '"width":null',
    '{"type":"int_type","loc":["body","width"],"msg":"Input should be a valid integer","input":null}',
  ],
  [
    '"steps":{}',
    '{"type":"int_type","loc":["body","steps"],"msg":"Input should be a valid integer","input":{}}',
  ],
  [
    '"cfg":[]',
    '{"type":"float_type","loc":["body","cfg"],"msg":"Input should be a valid number","input":[]}',
  ],
  [
    '"fps":""',
    '{"type":"int_parsing","loc":["body","fps"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":""}',
  ],
  [
    '"steps":"1e1"',
    '{"type":"int_parsing","loc":["body","steps"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"1e1"}',
  ],
  [
    '"length":1e30',
    '{"type":"int_parsing_size","loc":["body","length"],"msg":"Unable to parse input string as an integer, exceeded maximum size","input":1e+30}',
  ],
  [
    '"height":true',
    '{"type":"greater_than_equal","loc":["body","height"],"msg":"Input should be greater than or equal to 512","input":true,"ctx":{"ge":512}}',
  ],
  [
    '"width":1e2',
    '{"type":"greater_than_equal","loc":["body","width"],"msg":"Input should be greater than or equal to 512","input":100.0,"ctx":{"ge":512}}',
  ],
  [
    '"width":12345678901234567890123',
    '{"type":"less_than_equal","loc":["body","width"],"msg":"Input should be less than or equal to 1920","input":12345678901234567890123,"ctx":{"le":1920}}',
  ],
  [
    '"cfg":1e2',
    '{"type":"less_than_equal","loc":["body","cfg"],"msg":"Input should be less than or equal to 10","input":100.0,"ctx":{"le":10.0}}',
  ],
  [
    '"cfg":1e-7',
    '{"type":"greater_than_equal","loc":["body","cfg"],"msg":"Input should be greater than or equal to 0.5","input":1e-07,"ctx":{"ge":0.5}}',
  ],
  [
    '"cfg":"nan"',
    '{"type":"less_than_equal","loc":["body","cfg"],"msg":"Input should be less than or equal to 10","input":"nan","ctx":{"le":10.0}}',
  ],
  [
    '"cfg":" 1_0 "',
    '{"type":"float_parsing","loc":["body","cfg"],"msg":"Input should be a valid number, unable to parse string as a number","input":" 1_0 "}',
  ],
  [
    '"width":NaN',
    '{"type":"finite_number","loc":["body","width"],"msg":"Input should be a finite number","input":null}',
  ],
  [
    '"noise_seed":"x"',
    '{"type":"int_parsing","loc":["body","noise_seed"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"}',
  ],
];

test.each(jsonTable)('a body with %s is refused in the words of the original', (fields, entry) => {
  expect(detailOf(checkJsonBody(`{"image_filename":"a","prompt":"p",${fields}}`))).toBe(`[${entry}]`);
});

describe('what is taken', () => {
  test('numbers in any of the forms the original took', () => {
    const body =
      '{"image_filename":"","prompt":" ","width":" 600 ","height":"6_00","length":20.0,"steps":true,"cfg":"1e0","fps":"10.00"}';
    const parameters = {
      imageFilename: '',
      prompt: ' ',
      width: 600,
      height: 600,
      length: 20,
      steps: 1,
      cfg: 1,
      fps: 10,
    };
    expect(checkJsonBody(body)).toEqual({ value: { ...parameters, noiseSeed: null } });
  });

  test('a seed keeps every digit; unknown fields are passed over; of equal fields the last counts', () => {
    const body =
      '{"image_filename":"a","prompt":"x","prompt":"y","noise_seed":18446744073709551615,"__proto__":{"width":1}}';
    expect(checkJsonBody(body)).toMatchObject({
      value: { prompt: 'y', width: 1280, noiseSeed: 18446744073709551615n },
    });
  });

  test('an empty form field counts as absent', () => {
    const result = checkForm(formOf({ prompt: 'x', width: '', noise_seed: '', timeout: '' }));
    expect(result).toMatchObject({ value: { width: 1280, noiseSeed: null, timeoutSeconds: 600 } });
  });
});

test('every fault of a form is told, in the order of the parameters', () => {
  const result = checkForm(formOf({ timeout: '0', fps: '7', width: '4000', cfg: '0.1', image: 'x' }, false));
  const names = 'entries' in result ? result.entries.map(({ type, loc }) => `${loc[1]}: ${type}`) : [];
  expect(names).toEqual([
    'image: value_error',
    'prompt: missing',
    'width: less_than_equal',
    'cfg: greater_than_equal',
    'fps: greater_than_equal',
    'timeout: greater_than_equal',
  ]);
});

test('a file where a text belongs is refused', () => {
  const values = new Map([['prompt', new Map([['filename', 'p.txt']])]]);
  expect(detailOf(checkForm({ values, hasImage: true }))).toBe(
    '[{"type":"string_type","loc":["body","prompt"],"msg":"Input should be a valid string","input":{"filename":"p.txt"}}]',
  );
});

test('an absent body, a body that is no object, and half a character are refused', () => {
  expect(detailOf(checkJsonBody(''))).toBe(
    '[{"type":"missing","loc":["body"],"msg":"Field required","input":null}]',
  );
  const msg = 'Input should be a valid dictionary or object to extract fields from';
  expect(detailOf(checkJsonBody('5.0'))).toBe(
    `[{"type":"model_attributes_type","loc":["body"],"msg":"${msg}","input":5.0}]`,
  );
  const result = checkJsonBody('{"image_filename":"a","prompt":"\\ud800"}');
  expect(result).toMatchObject({ entries: [{ type: 'string_unicode' }] });
});
