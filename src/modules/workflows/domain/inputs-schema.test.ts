import { describe, expect, it } from 'vitest';
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
      image: {
        type: 'object',
        properties: { asset: { type: 'string', minLength: 1, maxLength: 200 } },
        required: ['asset'],
        additionalProperties: false,
      },
      steps: { type: 'integer', minimum: 1, maximum: 20, default: 4 },
      cfg: { type: 'number', minimum: 0.5, maximum: 10, default: 1 },
      tiled: { type: 'boolean', default: false },
      sampler: { type: 'string', enum: ['euler', 'heun'] },
      seed: { type: 'integer', minimum: 0 },
    });
  });

  it('holds nothing that JSON cannot say', () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });
});
