import { describe, expect, it } from 'vitest';
import { mediaJsonSchema } from './media-input.js';
import { inputsJsonSchema } from './inputs-schema.js';
import { sampleDefinition } from './sample-workflow.fixture.js';

describe('the JSON Schema of a workflow', () => {
  const schema = inputsJsonSchema(sampleDefinition().manifest);

  it('demands what has no default and forbids what is not an input', () => {
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      required: ['prompt', 'image'],
      additionalProperties: false,
    });
  });

  it('tells type, bounds, options and defaults of every input', () => {
    expect(schema['properties']).toEqual({
      prompt: { type: 'string', minLength: 1, maxLength: 10 },
      image: mediaJsonSchema(),
      steps: { type: 'integer', minimum: 1, maximum: 20, default: 4 },
      cfg: { type: 'number', minimum: 0.5, maximum: 10, default: 1 },
      tiled: { type: 'boolean', default: false },
      sampler: { type: 'string', enum: ['euler', 'heun'] },
      seed: { type: 'integer', minimum: 0 },
    });
  });

  it('takes a file in every form, and each form alone', () => {
    const { anyOf } = mediaJsonSchema() as { anyOf: { type: string; required?: string[] }[] };
    expect(anyOf.map(({ type, required }) => required?.[0] ?? type)).toEqual([
      'asset',
      'url',
      'base64',
      's3',
      'output',
      'string',
    ]);
  });

  it('holds nothing that JSON cannot say', () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });
});
