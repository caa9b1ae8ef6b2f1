/** The door's shapes as OpenAPI, made from the same schemas that type its code. */
import { z } from 'zod';
import { parametersSchema } from './domain/shapes.js';

type JsonSchema = Record<string, unknown>;

export function openApiSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;
  return rest;
}

const imageProperty = { type: 'string', format: 'binary', description: 'PNG, JPEG, WebP, GIF, BMP or TIFF.' };

export const formSchema = withImage(openApiSchema(parametersSchema));

export const syncFormSchema = withImage(
  openApiSchema(
    parametersSchema.extend({ timeout: z.int().min(1).default(600).describe('Seconds to wait.') }),
  ),
);

export const generateSchema = openApiSchema(
  parametersSchema.extend({
    image_filename: z.string().describe('A file uploaded earlier, or in a ComfyUI input folder.'),
  }),
);

export const enhanceSchema = {
  type: 'object',
  required: ['user_prompt'],
  properties: {
    user_prompt: { type: 'string', description: 'What the video should show.' },
    image: imageProperty,
    temperature: { type: 'number', default: 0.7 },
    max_tokens: { type: 'integer', default: 2000 },
  },
};

function withImage(schema: JsonSchema): JsonSchema {
  const { properties, required } = schema as { properties: JsonSchema; required: string[] };
  return { ...schema, properties: { image: imageProperty, ...properties }, required: ['image', ...required] };
}
