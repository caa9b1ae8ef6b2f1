/** The schema a workflow's inputs are checked by, and the same as JSON Schema for its callers. */
import { z } from 'zod';
import type { InputsSchema, InputValue } from './definition.js';
import { mediaJsonSchema } from './media-input.js';
import { isRequired, seedMaximum, type WorkflowInput, type WorkflowManifest } from './manifest.js';

const exactInteger = z.union([z.bigint().min(0n).max(seedMaximum), z.int().min(0)]).meta({ kind: 'seed' });

/** Takes exactly the manifest's inputs, without conversion, and fills in defaults. */
export function inputsSchemaOf(manifest: WorkflowManifest): InputsSchema {
  const shape = Object.entries(manifest.inputs).map(([name, input]) => [name, propertyOf(input)] as const);
  return z.strictObject(Object.fromEntries(shape));
}

/** One value of an input, without regard to default and presence. */
export function valueSchemaOf(input: WorkflowInput): z.ZodType<InputValue> {
  switch (input.type) {
    case 'string':
      return textOf(input);
    case 'integer':
      return boundedBy(z.int(), input);
    case 'number':
      return boundedBy(z.number(), input);
    case 'boolean':
      return z.boolean();
    case 'choice':
      return z.enum(input.options);
    case 'seed':
      return exactInteger;
    case 'image':
    case 'mask':
    case 'video':
    case 'audio':
    case 'file':
      return z.strictObject({ asset: z.string().min(1).max(200) }).meta({ kind: 'media' });
  }
}

/** Draft 2020-12. A seed's upper bound is left out: it has more digits than a JavaScript reader keeps. */
export function inputsJsonSchema(manifest: WorkflowManifest): Record<string, unknown> {
  return z.toJSONSchema(inputsSchemaOf(manifest), {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      const { kind } = jsonSchema;
      delete jsonSchema['kind'];
      if (kind === 'seed') {
        delete jsonSchema.anyOf;
        Object.assign(jsonSchema, { type: 'integer', minimum: 0 });
      } else if (kind === 'media') {
        for (const key of ['type', 'properties', 'required', 'additionalProperties'] as const)
          delete jsonSchema[key];
        Object.assign(jsonSchema, mediaJsonSchema());
      }
    },
  });
}

function propertyOf(input: WorkflowInput): z.ZodType<InputValue | undefined> {
  const { title, description } = input;
  const plain = valueSchemaOf(input);
  const value = plain.meta({ ...plain.meta(), ...defined({ title, description }) });
  if ('default' in input && input.default !== undefined) return value.default(input.default);
  return isRequired(input) ? value : value.optional();
}

function textOf({
  minLength,
  maxLength,
}: {
  minLength?: number | undefined;
  maxLength?: number | undefined;
}) {
  const atLeast = z.string().min(minLength ?? 0);
  return maxLength === undefined ? atLeast : atLeast.max(maxLength);
}

function boundedBy(
  schema: z.ZodNumber,
  { minimum, maximum }: { minimum?: number | undefined; maximum?: number | undefined },
): z.ZodNumber {
  const atLeast = minimum === undefined ? schema : schema.min(minimum);
  return maximum === undefined ? atLeast : atLeast.max(maximum);
}

function defined(values: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
