/** A graph that one door refuses is refused by all, each in its own words: port 5014's `/v1`, port 8188, `/api/v2` and the intake behind them. */
import { gzipSync } from 'node:zlib';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AssetsService } from '../../../src/modules/assets/index.js';
import { parsePlainJson, stringifyJson } from '../../../src/modules/comfyui/index.js';
import { ObjectInfoService } from '../../../src/modules/fleet/index.js';
import { GraphIntake } from '../../../src/modules/jobs/index.js';
import { ClusterInventory, type NodesService } from '../../../src/modules/nodes/index.js';
import { inventoryFrom } from '../../../src/modules/nodes/domain/index.js';
import { ManualClock } from '../../../src/platform/clock/index.js';
import { solidPng } from '../../support/pictures.js';
import { type NativeCluster, startNativeCluster } from '../native/cluster.js';
import { cases, models, uploaded } from './graphs.js';

/** What a door said: `runs`, or the types of error that its answer names. */
type Verdict = string[];
interface Told {
  type: string;
  message: string;
}

const node = { loadMs: 1, stepMs: 1, models };

/** The intake of a cluster of one node that has told these classes, without any door. */
async function intakeOf(objectInfo: string): Promise<GraphIntake> {
  const facts = {
    inventory: inventoryFrom(parsePlainJson(objectInfo)),
    inventoryHash: 'one',
    objectInfo: { sha256: 'one', gzip: gzipSync(objectInfo) },
    probe: { version: '0.3.75' },
  };
  const nodes = { all: () => [{ answers: true, settings: { id: 'one' }, facts }], changes: 0 };
  const known = nodes as unknown as NodesService;
  const classes = new ObjectInfoService(known, new ManualClock(), pino({ level: 'silent' }));
  await classes.catchUp();
  const assets = {
    findUpload: async (name: string) => (name === uploaded ? { sha256: 'f'.repeat(64) } : null),
  };
  return new GraphIntake(new ClusterInventory(known), classes, assets as unknown as AssetsService);
}

const typesOf = (error: Told, nodeErrors: Record<string, { errors: Told[] }>): Verdict => [
  error.type,
  ...Object.values(nodeErrors).flatMap(({ errors }) => errors.map(({ type }) => type)),
];

describe('every door says the same', () => {
  let cluster: NativeCluster;
  let intake: GraphIntake;

  beforeAll(async () => {
    cluster = await startNativeCluster([{ name: 'one', ...node }], { MAX_QUEUED_JOBS: '1000' });
    intake = await intakeOf(await (await fetch(`${cluster.nodes[0]!.url}/object_info`)).text());
    const form = new FormData();
    form.set('image', new File([new Uint8Array(solidPng([1, 2, 3]))], uploaded));
    const sent = await fetch(`${cluster.url}/upload/image`, { method: 'POST', body: form });
    if (!sent.ok) throw new Error(`the upload was refused with ${sent.status}`);
  });
  afterAll(async () => cluster.stop());

  const post = async (url: string, body: object) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: stringifyJson(body),
    });
    return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.json() };
  };

  async function atIntake(graph: unknown): Promise<Verdict> {
    const checked = await intake.check(graph);
    return checked.ok ? ['runs'] : typesOf(checked.error, checked.nodeErrors);
  }

  async function at8188(graph: unknown): Promise<Verdict> {
    const { status, body } = await post(`${cluster.url}/prompt`, { prompt: graph });
    if (status === 200) return ['runs'];
    const told = body as { error: Told; node_errors: Record<string, { errors: Told[] }> };
    expect({ status, message: told.error.message }).toEqual({ status: 400, message: expect.any(String) });
    return typesOf(told.error, told.node_errors);
  }

  async function atV1(graph: unknown): Promise<Verdict> {
    const { status, type, body } = await post(`${cluster.service.url}/v1/jobs`, { graph });
    if (status === 202) return ['runs'];
    expect({ status, type, body }).toMatchObject({
      status: 400,
      type: expect.stringContaining('application/problem+json'),
      body: { code: 'invalid_graph', detail: expect.stringMatching(/^the graph cannot be run: ./) },
    });
    return (body as { details: { code: string }[] }).details.map(({ code }) => code);
  }

  async function atApiV2(graph: unknown): Promise<Verdict> {
    const { status, body } = await post(`${cluster.service.url}/api/v2/jobs`, { workflow: graph });
    if (status < 300) return ['runs'];
    const { error } = body as { error: { code: string; message: string } };
    expect({ status, error }).toMatchObject({ status: 422, error: { code: 'invalid_workflow' } });
    expect(error.message).not.toBe('');
    return ['refused'];
  }

  it('of sixty graphs and more', () => {
    expect(cases.length).toBeGreaterThanOrEqual(60);
    expect(new Set(cases.map(({ what }) => what)).size).toBe(cases.length);
  });

  it.each(cases)('of $what: $says', async ({ graph, says }) => {
    const [itself, native, v1, v2] = [
      await atIntake(graph),
      await at8188(graph),
      await atV1(graph),
      await atApiV2(graph),
    ];
    expect(itself).toContain(says);
    expect(native).toEqual(itself);
    expect([v1[0] === 'runs', v2[0] === 'runs']).toEqual([says === 'runs', says === 'runs']);
    // What no node errors tell of is told by `/v1` with the sanitiser's finer codes.
    const finer = itself.length > 1 ? v1.filter((type) => !itself.includes(type)) : [];
    expect(finer).toEqual([]);
  });
});
