import { z } from 'zod';

/** `PUT /v1/workflows/{name}` */
export const newVersionSchema = z.strictObject({
  graph: z.record(z.string(), z.unknown()).describe('In API format, or as the editor saves it.'),
  manifest: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Shape of `<name>.manifest.json`. Without it one is proposed.'),
});

export const putQuerySchema = z.object({
  channel: z
    .string()
    .max(32)
    .default('latest')
    .describe('The channel that points at the version afterwards.'),
});

const version = z
  .string()
  .min(1)
  .max(64)
  .describe('The first digits of a version, seven or more, or a channel.');

export const channelSchema = z.strictObject({ version });
export const compareSchema = z.object({ from: version, to: version.default('latest') });

const record = z.record(z.string(), z.unknown());
const difference = z.object({ graph_node: z.string() }).loose();

export const versionListSchema = z.object({
  versions: z.array(
    z.object({
      version: z.string(),
      source: z.string(),
      created_at: z.iso.datetime(),
      channels: z.array(z.string()),
    }),
  ),
});
export const versionDetailSchema = z.object({
  name: z.string(),
  version: z.string(),
  manifest: record,
  graph: record,
});
export const pointedSchema = z.object({ name: z.string(), channel: z.string(), version: z.string() });
export const comparedSchema = z.object({
  added: z.array(difference),
  removed: z.array(difference),
  changed: z.array(difference),
});
