/** What the door reads and refuses, over HTTP. */
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Door, formOf, image, maxUploadBytes, pngOf } from './compat.door.fixture.js';

interface Recorded {
  name: string;
  request: {
    method: string;
    path: string;
    files?: Record<string, [string, string]>;
    data?: Record<string, string | number> | string;
    json?: unknown;
    headers?: Record<string, string>;
  };
  response: { status: number; content_type: string; body: unknown };
}

const recordings = JSON.parse(
  readFileSync(new URL('../../../test/contract/recordings/port-5014.json', import.meta.url), 'utf8'),
) as Recorded[];

let door: Door;

beforeAll(async () => {
  door = await Door.open();
});
afterAll(() => door.close());
beforeEach(() => {
  door.jobs.submitted = [];
});

function replay({ request: { method, path, files, data, json, headers = {} } }: Recorded): Promise<Response> {
  const url = door.base + path;
  if (json !== undefined) return door.generate(JSON.stringify(json));
  if (typeof data === 'string') return fetch(url, { method, headers, body: data });
  const fields = Object.entries(data ?? {}).map(([name, value]) => [name, String(value)] as [string, string]);
  if (files) return fetch(url, { method, body: formOf({ ...Object.fromEntries(fields), image }) });
  return fetch(url, { method, headers, ...(data && { body: new URLSearchParams(fields) }) });
}

/** Ids of new jobs differ from run to run; everything else is compared. */
function withoutId(text: string): unknown {
  const body: unknown = /^[{[]/.test(text) ? JSON.parse(text) : text.replaceAll('"', '');
  const isNewJob = typeof body === 'object' && body !== null && 'message' in body;
  return isNewJob ? { ...body, prompt_id: 'new' } : body;
}

describe('the recorded requests', () => {
  const own = new Set([
    'sync ok',
    'sync timeout',
    'upload width too large (500 in the original; 422 is wanted)',
  ]);
  test.each(recordings.filter(({ name }) => !own.has(name)))(
    'are answered as recorded: $name',
    async (recorded) => {
      await door.upload({ prompt: 'earlier', image });
      const response = await replay(recorded);
      expect(response.status).toBe(recorded.response.status);
      expect(response.headers.get('content-type')).toBe(recorded.response.content_type);
      expect(withoutId(await response.text())).toEqual(withoutId(JSON.stringify(recorded.response.body)));
    },
  );

  test('a form field out of range is refused like JSON', async () => {
    const response = await door.upload({ prompt: 'hi', width: '4000', image });
    expect(response.status).toBe(422);
    const msg = 'Input should be less than or equal to 1920';
    expect(await response.json()).toEqual({
      detail: [{ type: 'less_than_equal', loc: ['body', 'width'], msg, input: '4000', ctx: { le: 1920 } }],
    });
  });
});

test('parameters reach the job with every digit, whichever door they came by', async () => {
  await door.upload({
    image,
    prompt: 'früh 早',
    width: ' 640 ',
    cfg: '1.5',
    noise_seed: '18446744073709551615',
  });
  const stored = { asset: [...door.table.assets.keys()][0] };
  expect(door.jobs.submitted[0]?.inputs).toEqual({
    image: stored,
    prompt: 'früh 早',
    width: 640,
    height: 720,
    length: 81,
    steps: 4,
    cfg: 1.5,
    fps: 16,
    noise_seed: 18446744073709551615n,
  });
  await door.generate(
    '{"image_filename":"test.jpg","prompt":"x","noise_seed":18446744073709551615,"width":640.0}',
  );
  expect(door.jobs.submitted[1]?.inputs).toMatchObject({
    image: stored,
    width: 640,
    noise_seed: 18446744073709551615n,
  });
});

test('without a seed none is sent, so that the workflow draws one', async () => {
  await door.upload({ image, prompt: 'x', noise_seed: '' });
  expect(door.jobs.submitted[0]?.inputs).not.toHaveProperty('noise_seed');
});

test('two uploads of one name are two pictures, and the newer one goes by that name', async () => {
  const other = pngOf(9, 9);
  await door.upload({ image, prompt: 'x' });
  await door.upload({ image: other, prompt: 'x' });
  await door.generate('{"image_filename":"test.jpg","prompt":"x"}');
  const [first, second, named] = door.jobs.submitted.map(({ inputs }) => inputs['image']);
  expect(first).not.toEqual(second);
  expect(named).toEqual(second);
});

test.each([
  ['a text named .jpg', { image: new Blob(['just words']), prompt: 'x' }, 400],
  ['an empty image', { image: new Blob([]), prompt: 'x' }, 400],
  ['an image over the limit', { image: new Blob([image, new Uint8Array(maxUploadBytes)]), prompt: 'x' }, 413],
  ['too long a field', { image, prompt: 'x'.repeat(1_100_000) }, 400],
  ['too many fields', Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`f${index}`, 'x'])), 400],
])('%s is refused with words, and nothing stays half written', async (_what, fields, status) => {
  const response = await door.upload(fields);
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({ detail: expect.stringMatching(/\w/) as string });
  expect(door.jobs.submitted).toEqual([]);
  expect(await readdir(join(door.folder, 'unfinished'))).toEqual([]);
});

test('a broken form is refused with words', async () => {
  for (const [type, body] of [
    ['multipart/form-data', 'x'],
    ['multipart/form-data; boundary=b', 'nonsense'],
    ['multipart/form-data; boundary=b', '--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\ncut'],
  ] as const) {
    const response = await fetch(`${door.base}/api/upload_and_generate`, {
      method: 'POST',
      body,
      headers: { 'content-type': type },
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ detail: expect.any(String) as string });
  }
});

test('an image nobody has is refused in words; so is a name that leaves the folder', async () => {
  for (const name of ['never.png', '../../etc/passwd', '/etc/passwd', '', 'a\\u0000b']) {
    const response = await door.generate(`{"image_filename":"${name}","prompt":"x"}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ detail: expect.any(String) as string });
  }
});

test('a body that no reader can parse is told so', async () => {
  const response = await door.generate(new Uint8Array([0x7b, 0xff]));
  expect([response.status, await response.json()]).toEqual([
    400,
    { detail: 'There was an error parsing the body' },
  ]);
  const deep = await door.generate('['.repeat(100_000));
  expect(deep.status).toBe(400);
});
