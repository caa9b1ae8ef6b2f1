/**
 * The ways in which a caller gives a file: uploaded before, at a URL, in the request itself, in a bucket, or made by an earlier
 * job. A file stands under its SHA-256 once it is here; the rest of the house knows that form alone.
 */
import { z } from 'zod';
import { isRecord } from './graph.js';

const wishes = {
  asset: z.strictObject({ asset: z.string().min(1).max(200) }),
  url: z.strictObject({ url: z.url({ protocol: /^https?$/ }).max(8192) }),
  base64: z.strictObject({ base64: z.string().min(1), mime: z.string().max(255).optional() }),
  s3: z.strictObject({ s3: z.string().max(2048) }),
  output: z.strictObject({
    output: z.strictObject({ job: z.uuid(), name: z.string().max(1024).optional() }),
  }),
} as const;

export type MediaInput =
  | z.output<(typeof wishes)[keyof typeof wishes]>
  /** Of the kind `data:`. */
  | { dataUri: string }
  /** The name of an upload, or of a file in a node's input folder. */
  | { file: string };

export type ReadMedia = { ok: true; media: MediaInput } | { ok: false; message: string };

const forms =
  'Give {"url"}, {"base64"}, {"asset"}, {"s3"}, {"output": {"job", "name"}}, a data: URI, or the name of an upload';

export function readMedia(value: unknown): ReadMedia {
  if (typeof value === 'string' && value !== '')
    return { ok: true, media: isDataUri(value) ? { dataUri: value } : { file: value } };
  const kind = kindOf(value);
  if (kind === undefined) return { ok: false, message: forms };
  const read = wishes[kind].safeParse(value);
  if (read.success) return { ok: true, media: read.data };
  const [issue] = read.error.issues;
  return { ok: false, message: `${[...(issue?.path ?? [])].join('.')}: ${issue?.message ?? forms}` };
}

/** An object in a graph that stands for a file: one of the forms, and nothing beside it. */
export function isMediaObject(value: unknown): boolean {
  const kind = kindOf(value);
  return kind !== undefined && Object.keys(value as object).every((key) => key === kind || key === 'mime');
}

export const isDataUri = (value: string): boolean => /^data:/i.test(value);

/** For callers, in the words of JSON Schema. */
export function mediaJsonSchema(): Record<string, unknown> {
  const objects = Object.values(wishes).map((schema) => {
    const { $schema: _draft, ...plain } = z.toJSONSchema(schema, { io: 'input' });
    return plain;
  });
  return {
    anyOf: [...objects, { type: 'string', description: 'A `data:` URI, or the name of an upload.' }],
  };
}

function kindOf(value: unknown): keyof typeof wishes | undefined {
  if (!isRecord(value)) return undefined;
  return (Object.keys(wishes) as (keyof typeof wishes)[]).find((key) => Object.hasOwn(value, key));
}
