/**
 * `/openapi.json` is valid OpenAPI 3.1 as a whole, tells every route of Comfy API v2, and every answer of this door is as it says: held
 * by ajv against our document, and against the contract's own where the Python SDK's source package, which carries it, is to be had.
 */
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { comfySdk } from '../../support/comfy-sdk.js';
import { solidPng } from '../../support/pictures.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { call } from '../../support/v1.js';
import { table } from '../access/table.js';
import { ApiV2Client, reference } from './client.js';
import { inverted } from './graphs.js';

interface Answer {
  what: string;
  /** Of our document, and of the contract. */
  ours: string;
  theirs: string | null;
  body: unknown;
}

interface Document {
  openapi: string;
  paths: Record<string, Record<string, unknown>>;
  components: { schemas: Record<string, object> };
}

const sdk = comfySdk();

describe('the document of Comfy API v2', () => {
  let cluster: Cluster;
  let document: Document;
  const answers: Answer[] = [];

  beforeAll(async () => {
    cluster = await startCluster({ nodes: [{ name: 'one', stepMs: 20, loadMs: 1, previewMethod: 'auto' }] });
    await eventually(
      async () => 'SaveImage' in (await call(`${cluster.service.nativeUrl}/object_info/SaveImage`)).body,
      { what: 'the classes of the cluster' },
    );
    document = (await (await fetch(`${cluster.url}/openapi.json`)).json()) as Document;
    answers.push(...(await tour(cluster.url)));
  });
  afterAll(async () => cluster.stop());

  it('is a part of valid OpenAPI 3.1', async () => {
    expect(document.openapi).toBe('3.1.0');
    const result = await new Validator().validate(structuredClone(document) as never);
    expect(result).toMatchObject({ valid: true });
    const named = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g);
    for (const [, name = ''] of named) expect(document.components.schemas).toHaveProperty(name);
  });

  it('tells every route', () => {
    const told = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routes = [...table.keys()].flatMap(
      (route) => /^main ([A-Z]+ \/api\/v2\/[^*]*)$/.exec(route)?.[1] ?? [],
    );
    expect(told.filter((route) => route.includes('/api/v2/')).toSorted()).toEqual(
      routes.map((route) => route.replace(':id', '{id}')).toSorted(),
    );
  });

  it('fits every answer', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'ours', components: document.components });
    for (const { what, ours, body } of answers) {
      const holds = ajv.validate({ $ref: `ours#/components/schemas/${ours}` }, body);
      expect([what, holds ? [] : ajv.errors]).toEqual([what, []]);
    }
    expect(new Set(answers.map(({ ours }) => ours)).size).toBeGreaterThanOrEqual(8);
  });

  it.skipIf(!sdk)(
    `${sdk ? '' : 'skipped: no Python 3, or no PyPI: '}the contract’s own schemas fit too`,
    () => {
      const contract = parse(readFileSync(sdk?.contract ?? '', 'utf8')) as Document;
      const ajv = new Ajv({ strict: false, validateFormats: false });
      ajv.addSchema({ $id: 'theirs', components: withNull(contract.components) });
      for (const { what, theirs, body } of answers) {
        if (theirs === null) continue;
        const holds = ajv.validate({ $ref: `theirs#/components/schemas/${theirs}` }, body);
        expect([what, holds ? [] : ajv.errors]).toEqual([what, []]);
      }
    },
  );
});

/** One of each answer: uploads, jobs in every state, refusals, the frames of a stream. */
async function tour(url: string): Promise<Answer[]> {
  const client = new ApiV2Client(url);
  const answers: Answer[] = [];
  const both = (what: string, name: string, body: unknown): void =>
    void answers.push({
      what,
      ours: `Comfy${name === 'ErrorEnvelope' ? 'Error' : name}`,
      theirs: name,
      body,
    });
  const upload = await client.upload(solidPng([1, 2, 3]), 'tour.png');
  both('an upload', 'Asset', upload.body);
  both(
    'the same again',
    'Asset',
    (await client.upload(solidPng([1, 2, 3]), 'tour.png', { expires_in: '600' })).body,
  );
  both('an asset', 'Asset', await client.must('GET', `/assets/${upload.body.id}`));
  const from = JSON.stringify({ hash: upload.body.hash, file_path: 'other.png' });
  both('another name', 'Asset', await client.must('POST', '/assets/from-hash', from));
  const failing = await client.call(
    'POST',
    '/jobs',
    JSON.stringify({ workflow: inverted('nobody has it.png') }),
  );
  both('a refused graph', 'ErrorEnvelope', failing.body);
  both('no such job', 'ErrorEnvelope', (await client.call('GET', `/jobs/${crypto.randomUUID()}`)).body);
  const long = await client.submit(samplingGraph({ steps: 60 }), { metadata: { batch: 'tour' } });
  both('a submitted job', 'Job', long);
  const waiting = await client.submit(inverted(reference(upload.body.id)));
  both('a waiting job', 'Job', await client.job(waiting.id));
  for (const { event, data } of await frames(`${url}/api/v2/jobs/${long.id}/events`))
    both(
      `event ${event}`,
      { status: 'StatusEvent', preview: 'PreviewEvent', progress: 'Progress', output: 'Output' }[event] ??
        event,
      data,
    );
  both('a job that has run', 'Job', await client.ended(long.id));
  const done = await client.ended(waiting.id);
  both('one with a file', 'Job', done);
  both('its output as an asset', 'Asset', await client.must('GET', `/assets/${done.outputs[0]?.id}`));
  both('its graph', 'JobWorkflowResponse', await client.must('GET', `/jobs/${long.id}/workflow`));
  const cancelled = await client.submit(samplingGraph({ steps: 2_000 }));
  both('a cancelled job', 'Job', await client.must('POST', `/jobs/${cancelled.id}/cancel`));
  both('its end', 'Job', await client.ended(cancelled.id));
  const page: { jobs: unknown[] } = await client.must('GET', '/jobs?limit=2');
  answers.push({ what: 'a page', ours: 'ComfyJobPage', theirs: null, body: page });
  answers.push({
    what: 'health',
    ours: 'ComfyHealth',
    theirs: null,
    body: await client.must('GET', '/health'),
  });
  return answers.map((answer) =>
    answer.theirs === 'JobWorkflowResponse' ? { ...answer, ours: 'ComfyJobWorkflow' } : answer,
  );
}

async function frames(url: string): Promise<{ event: string; data: unknown }[]> {
  const text = await (await fetch(url)).text();
  return [...text.matchAll(/^event: (.*)\ndata: (.*)$/gm)].map(([, event = '', data = '']) => ({
    event,
    data: JSON.parse(data) as unknown,
  }));
}

/** OpenAPI 3.0 says `nullable` where JSON Schema has the type null. */
function withNull(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withNull);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, withNull(value)]),
  );
  return nullable === true ? { anyOf: [rest, { type: 'null' }] } : rest;
}
