/** What `/openapi.json` says of this door: its routes are Fastify's, of which Nest's documentation knows nothing. */
import { z } from 'zod';
import type { DocumentPart } from '../../kit/index.js';
import { type SchemaName, schemas } from './schemas.js';

const ref = (name: SchemaName) => ({ $ref: `#/components/schemas/${name}` });
const json = (name: SchemaName) => ({ 'application/json': { schema: ref(name) } });
const told = (description: string, name: SchemaName) => ({ description, content: json(name) });
const text = { type: 'string' };

const idOf = (what: string) => [
  { name: 'id', in: 'path', required: true, schema: text, description: `Of the ${what}.` },
];
const query = (name: string, description: string, schema: object = text) => ({
  name,
  in: 'query',
  description,
  schema,
});
const bodyOf = (name: SchemaName) => ({ required: true, content: json(name) });

const upload = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object',
        required: ['file', 'file_path'],
        properties: {
          file: { type: 'string', contentMediaType: 'application/octet-stream' },
          file_path: { ...text, description: 'Relative, with `/`. Fields and file may come in any order.' },
          content_type: text,
          expected_hash: { ...text, description: '`blake3:<hex>`; other bytes are 409 `hash_mismatch`.' },
          tags: { type: 'array', items: text, maxItems: 20 },
          expires_in: { type: 'integer', minimum: 60, maximum: 604_800, description: 'Seconds.' },
        },
      },
    },
  },
};

const singleUse = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'Serves once, for a day, over all replicas: 422 `idempotency_key_reuse` after that.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

const events = {
  description:
    'Events `status` (ComfyStatusEvent), `progress`, `preview`, `output` and `error`; ends after a terminal `status` or an `error`.',
  content: { 'text/event-stream': { schema: text } },
};

const asset = told('The asset.', 'ComfyAsset');
const job = told('The job.', 'ComfyJob');
const bytes = { 'application/octet-stream': { schema: { type: 'string' } } };

const operations = {
  '/assets': {
    post: {
      requestBody: upload,
      responses: { 200: told('The bytes were known.', 'ComfyAsset'), 201: asset },
    },
  },
  '/assets/from-hash': {
    post: {
      requestBody: bodyOf('ComfyFromHash'),
      responses: { 200: told('It was there.', 'ComfyAsset'), 201: asset },
    },
  },
  '/assets/from-path': {
    post: { responses: { 501: told('Files of the host are not taken.', 'ComfyError') } },
  },
  '/assets/by-hash/{id}': {
    head: {
      parameters: idOf('bytes: `blake3:<hex>`'),
      responses: { 200: { description: 'The caller has such a file.' } },
    },
  },
  '/assets/{id}': {
    get: { parameters: idOf('asset'), responses: { 200: asset } },
    delete: { parameters: idOf('asset'), responses: { 204: { description: 'It is gone.' } } },
  },
  '/assets/{id}/content': {
    get: {
      parameters: [...idOf('asset'), { name: 'Range', in: 'header', schema: text }],
      responses: {
        200: { description: 'The bytes.', content: bytes },
        206: { description: 'A part of them.', content: bytes },
        302: { description: 'They are to be had from the store.' },
        416: { description: 'The range begins behind the end.' },
      },
    },
  },
  '/jobs': {
    get: {
      parameters: [
        query('limit', '50 where nothing is said.', { type: 'integer', minimum: 1, maximum: 100 }),
        query('cursor', '`next_cursor` of the page before.'),
        query('status', 'A list with commas.'),
        {
          ...query('metadata', 'Up to three labels that a job must have.', {
            type: 'object',
            additionalProperties: text,
            maxProperties: 3,
          }),
          style: 'deepObject',
        },
      ],
      responses: { 200: told('Newest first.', 'ComfyJobPage') },
    },
    post: {
      parameters: [singleUse],
      requestBody: bodyOf('ComfySubmit'),
      responses: { 201: told('It is in the record.', 'ComfyJob') },
    },
  },
  '/jobs/{id}': { get: { parameters: idOf('job'), responses: { 200: job } } },
  '/jobs/{id}/workflow': {
    get: { parameters: idOf('job'), responses: { 200: told('The graph that runs.', 'ComfyJobWorkflow') } },
  },
  '/jobs/{id}/events': { get: { parameters: idOf('job'), responses: { 200: events } } },
  '/jobs/{id}/cancel': { post: { parameters: idOf('job'), responses: { 200: job } } },
  '/health': { get: { responses: { 200: told('This replica serves.', 'ComfyHealth') } } },
};

/** Every schema under its name, and other ones named by reference. */
function components(): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const made = z.toJSONSchema(registry, { io: 'input', uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(
    Object.entries(made.schemas).map(([name, { $id: _id, $schema: _schema, ...schema }]) => [name, schema]),
  );
}

export const apiV2Document: DocumentPart = {
  paths: Object.fromEntries(
    Object.entries(operations).map(([path, item]) => [
      `/api/v2${path}`,
      Object.fromEntries(
        Object.entries(item).map(([method, operation]) => [method, { tags: ['Comfy API v2'], ...operation }]),
      ),
    ]),
  ),
  schemas: components(),
  refusal: json('ComfyError'),
};
