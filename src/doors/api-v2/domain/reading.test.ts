import { describe, expect, it } from 'vitest';
import { ApiError } from './errors.js';
import { nameOfPath, readFilePath } from './file-path.js';
import { metadataOf, readLabels } from './labels.js';
import { readListQuery } from './list-query.js';
import { outputKind } from './output-kind.js';
import { statusOf } from './status.js';

describe('file_path', () => {
  it.each([
    ['photo.png', 'photo.png'],
    ['a/b c/日本.png', 'a/b c/日本.png'],
    ['input/x.png', 'x.png'],
  ])('takes %j, called %j in a graph', (path, name) => {
    expect(readFilePath(path)).toEqual({ ok: true, path });
    expect(nameOfPath(path)).toBe(name);
  });
  it.each([
    '',
    '/etc/passwd',
    '../x',
    'a/../x',
    'a//b',
    './x',
    'a\\b',
    'a\0b',
    'a\nb',
    '\ud800.png',
    'x'.repeat(513),
    'models/loras/x.safetensors',
    'input/checkpoints/x.ckpt',
  ])('refuses %j', (path) => expect(readFilePath(path).ok).toBe(false));
});

describe('metadata', () => {
  it('is a map of labels, or a short text', () => {
    expect(readLabels(undefined)).toEqual({ ok: true, labels: undefined });
    expect(readLabels({ run: '1', 'a.b-c_d': 'ü' })).toEqual({
      ok: true,
      labels: { run: '1', 'a.b-c_d': 'ü' },
    });
    const text = readLabels('hello');
    expect(text.ok && metadataOf(text.labels ?? null)).toBe('hello');
  });
  it.each([
    [null],
    [[]],
    [7],
    [{ 'bad key': 'x' }],
    [{ ['k'.repeat(41)]: 'x' }],
    [{ key: 7 }],
    [{ key: 'x'.repeat(257) }],
    [{ key: 'a\u202eb' }],
    [{ key: 'a\0' }],
    [{ key: '\udc00' }],
    ['x'.repeat(1025)],
    ['a\0'],
    [Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, 'v']))],
  ])('refuses %j', (raw) => expect(readLabels(raw).ok).toBe(false));
});

describe('a list’s query', () => {
  it('has defaults and bounds', () => {
    expect(readListQuery({})).toEqual({
      limit: 50,
      cursor: undefined,
      statuses: undefined,
      labels: undefined,
    });
    expect(
      readListQuery({ limit: '5000', status: 'queued,running', cursor: 'c', 'metadata[run]': '7' }),
    ).toEqual({ limit: 100, cursor: 'c', statuses: ['queued', 'running'], labels: { run: '7' } });
  });
  it.each([
    [{ limit: '0' }, 'invalid_request'],
    [{ limit: '-1' }, 'invalid_request'],
    [{ limit: '1e9' }, 'invalid_request'],
    [{ status: 'bogus' }, 'invalid_request'],
    [{ status: 'constructor' }, 'invalid_request'],
    [{ cursor: 'x'.repeat(201) }, 'invalid_cursor'],
    [{ 'metadata[a b]': 'x' }, 'invalid_metadata_filter'],
    [{ metadata: 'x' }, 'invalid_metadata_filter'],
    [{ 'metadata[a]': ['1', '2'] }, 'invalid_metadata_filter'],
  ])('refuses %j', (query, code) => {
    expect(() => readListQuery(query)).toThrow(ApiError);
    expect(() => readListQuery(query)).toThrow(expect.objectContaining({ code }) as Error);
  });
});

describe('status', () => {
  it.each([
    ['queued', false, false, 'queued'],
    ['active', false, false, 'queued'],
    ['active', false, true, 'running'],
    ['queued', false, true, 'running'],
    ['active', true, true, 'canceling'],
    ['cancelled', true, true, 'canceled'],
    ['succeeded', true, true, 'succeeded'],
    ['expired', false, false, 'expired'],
  ] as const)('%s, cancel %s, has run %s: %s', (state, cancelRequested, hasRun, status) =>
    expect(statusOf({ state, cancelRequested, hasRun })).toBe(status),
  );
});

it.each([
  ['image/png', 'images', 'image'],
  ['video/mp4', 'images', 'video'],
  ['audio/flac', 'audio', 'audio'],
  ['text/plain', 'text', 'text'],
  ['application/octet-stream', 'latents', 'latent'],
  ['model/gltf-binary', '3d', 'file'],
])('%s under %s is %s', (contentType, key, kind) => expect(outputKind(contentType, key)).toBe(kind));
