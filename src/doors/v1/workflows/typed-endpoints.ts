/**
 * The API document with an endpoint for each workflow: its own inputs under its own name, so that a generated client has a
 * function with types for it. Made at each request: workflows come and change while the service runs.
 */
import { z } from 'zod';
import {
  inputsJsonSchema,
  isMedia,
  isRequired,
  mediaJsonSchema,
  type WorkflowDefinition,
  type WorkflowInput,
  type WorkflowManifest,
} from '../../../modules/workflows/index.js';
import { jobSchema } from '../../kit/index.js';
import { acceptedSchema } from '../jobs/jobs.schemas.js';

type Json = Record<string, unknown>;

/** What is read and extended of an OpenAPI document. */
export interface ApiDocument {
  paths: object;
  components?: { schemas?: object };
}

/** Of `POST /v1/workflows/{name}/run`, what all of them share. */
interface RunOperation {
  parameters?: readonly { name?: string }[];
  responses?: Json;
}

/** `runWorkflow` is the operation for any workflow. */
const reserved = ['workflow'];
const anyRun = '/v1/workflows/{name}/run';
const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: Json): Json => ({ 'application/json': { schema } });

export function withTypedEndpoints<T extends ApiDocument>(
  document: T,
  workflows: readonly WorkflowDefinition[],
): T {
  const names = typeNames(workflows.map(({ name }) => name));
  const run = (document.paths as Record<string, { post?: RunOperation }>)[anyRun]?.post ?? {};
  const schemas: Json = { ...document.components?.schemas, ...shared() };
  const paths: Json = { ...document.paths };
  for (const definition of workflows) {
    const name = names.get(definition.name)!;
    schemas[`${name}Inputs`] = inputsOf(definition);
    paths[`/v1/workflows/${definition.name}/run`] = { post: operationOf(definition.manifest, name, run) };
  }
  return { ...document, paths, components: { ...document.components, schemas } };
}

/** `wan2.2_i2v` is `Wan22I2v`; what comes out alike is told apart by a number. */
export function typeNames(workflows: readonly string[]): Map<string, string> {
  const used = new Set(reserved);
  const names = new Map<string, string>();
  for (const workflow of workflows) {
    const wanted = typeNameOf(workflow);
    let own = wanted;
    for (let no = 2; used.has(own.toLowerCase()); no += 1) own = `${wanted}V${no}`;
    used.add(own.toLowerCase());
    names.set(workflow, own);
  }
  return names;
}

function typeNameOf(workflow: string): string {
  const words = workflow
    .replaceAll('.', '')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '');
  const joined = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
  return /^\d/.test(joined) ? `W${joined}` : joined;
}

/** Named so that no other door's schema is meant. */
function shared(): Json {
  return {
    MediaInput: { ...mediaJsonSchema(), description: 'A file, in any form that it may be given in.' },
    WorkflowJob: plain(jobSchema),
    AcceptedJob: plain(acceptedSchema),
  };
}

function plain(schema: z.ZodType): Json {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, { io: 'output' }) as Json;
  return rest;
}

/** A definition never changes: a version that is another one is another object. */
const known = new WeakMap<WorkflowDefinition, Json>();

function inputsOf(definition: WorkflowDefinition): Json {
  const made = known.get(definition) ?? withMedia(definition.manifest, () => ref('MediaInput'));
  known.set(definition, made);
  return made;
}

/** The schema of all inputs, with that of a file in place of each file. */
function withMedia(manifest: WorkflowManifest, media: () => Json): Json {
  const { $schema: _draft, properties, ...rest } = inputsJsonSchema(manifest);
  const named = Object.entries(properties as Record<string, Json>).map(([name, schema]) => {
    const input = manifest.inputs[name];
    if (!input || !isMedia(input)) return [name, schema];
    const { title, description } = input;
    return [name, { ...media(), ...(title && { title }), ...(description && { description }) }];
  });
  return { ...rest, title: manifest.title, properties: Object.fromEntries(named) as Json };
}

function operationOf(manifest: WorkflowManifest, name: string, run: RunOperation): Json {
  const { title, description } = manifest;
  return {
    operationId: `run${name}`,
    tags: ['workflows'],
    summary: title,
    description,
    parameters: (run.parameters ?? []).filter((parameter) => parameter.name !== 'name'),
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: ref(`${name}Inputs`),
          examples: { required: { summary: 'What must be given', value: exampleOf(manifest) } },
        },
        'multipart/form-data': { schema: withMedia(manifest, () => ({ type: 'string', format: 'binary' })) },
      },
    },
    responses: {
      ...run.responses,
      200: { description: 'The job, which ended in time.', content: json(ref('WorkflowJob')) },
      202: { description: 'The job goes on.', content: json(ref('AcceptedJob')) },
    },
  };
}

/** Every required input, and nothing that has a default. */
const exampleOf = ({ inputs }: WorkflowManifest): Json =>
  Object.fromEntries(
    Object.entries(inputs)
      .filter(([, input]) => isRequired(input))
      .map(([name, input]) => [name, exampleValue(input)]),
  );

function exampleValue(input: WorkflowInput): unknown {
  if (isMedia(input)) return { url: 'https://pictures.example/input' };
  if (input.type === 'choice') return input.options[0];
  if (input.type === 'boolean') return true;
  if (input.type === 'integer' || input.type === 'number')
    return input.minimum ?? Math.min(1, input.maximum ?? 1);
  if (input.type !== 'string') return 1;
  const { minLength = 0, maxLength } = input;
  return 'a lighthouse at dusk'.padEnd(minLength, '.').slice(0, maxLength);
}
