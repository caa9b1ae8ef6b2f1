import { z } from 'zod';

export const jsonSchemaOf = (schema: z.ZodType) =>
  z.toJSONSchema(schema, { io: 'input' }) as Record<string, unknown>;

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
