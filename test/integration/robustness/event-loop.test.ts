/**
 * One request holds the event loop for 50 ms at most, whatever it is, up to every limit of size: the worst of each kind goes to each
 * door, and the process tells for how long nobody else had a turn.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deployment, type Replica } from '../../support/deployment.js';
import { heldMaxMs, leastHeld, meteredEnv } from '../../support/loop-meter.js';
import { table } from '../../contract/access/table.js';
import { type Kind, kinds } from './large-bodies/index.js';

/** For the job that came of it to be placed and sent; of what was refused only the body is still let go of. */
const afterwardsMs = { accepted: 400, refused: 50 };

let deployment: Deployment;
let service: Replica;

beforeAll(async () => {
  deployment = await Deployment.create([{ name: 'sim' }]);
  service = await deployment.start(meteredEnv);
});
afterAll(async () => {
  await deployment.destroy();
});

/** Routes that read no JSON: nothing, or a form whose files flow into storage (large-files.test.ts). */
const withoutJson = new Set([
  'main POST /v1/jobs/:id/cancel',
  'main POST /v1/jobs/:id/deliveries/:delivery/redeliver',
  'main POST /v1/batches/:id/cancel',
  'main POST /v1/batches/:id/deliveries/:delivery/redeliver',
  'main POST /v1/nodes/:id/drain',
  'main POST /v1/nodes/:id/undrain',
  'main POST /api/v2/jobs/:id/cancel',
  'main POST /login',
  'main POST /login/out',
  'native POST /login',
  'native POST /login/out',
  'main POST /api/upload_and_generate',
  'main POST /api/upload_and_generate_sync',
  'native POST /api/jobs/:id/cancel',
  'native POST /upload/image',
  'native POST /upload/mask',
  'native POST /userdata/:file/move/:dest',
]);

test('every route that takes JSON is among the kinds', () => {
  const sends = (kind: Kind, port: string, method: string, route: RegExp): boolean =>
    (kind.door === 'own' ? 'main' : 'native') === port &&
    (kind.method ?? 'POST') === method &&
    route.test(kind.path);
  const forgotten = [...table.keys()].filter((line) => {
    const [port = '', method = '', path = ''] = line.split(' ');
    // ComfyUI has each route twice, and the contract is the same on both ports.
    const isTwin =
      port === 'native' &&
      (path.startsWith('/api/v2/') ||
        (table.has(`native ${method} ${path.replace(/^\/api/, '')}`) && path.startsWith('/api/')));
    if (!['POST', 'PUT', 'PATCH'].includes(method) || isTwin || withoutJson.has(line)) return false;
    const route = new RegExp(
      `^${path.replaceAll('::', ':').replaceAll(/:[a-z]\w*(?=\/|$)/g, (name) => (path.includes(`:${name}`) ? name : '[^/]+'))}$`,
    );
    return !kinds.some((kind) => sends(kind, port, method, route));
  });
  expect(forgotten).toEqual([]);
});

test.each(kinds)('$what', async (kind: Kind) => {
  const body = kind.body();
  const { leastMs, tried } = await leastHeld(service, async () => {
    const { status, text } = await send(kind, body);
    await sleep(status < 400 ? afterwardsMs.accepted : afterwardsMs.refused);
    expect(kind.statuses, text.slice(0, 500)).toContain(status);
  });
  console.log(`${kind.what}: ${body.length} bytes, ${JSON.stringify(tried)}`);
  expect(leastMs).toBeLessThanOrEqual(heldMaxMs);
});

const several = 4;
const ofThreeMb = (path: string): Kind =>
  kinds.find(({ what }) => what === `${path}: one text of 3 MB that is not Latin`)!;

test('several large bodies at once hold it no longer than one', async () => {
  const each = ['/prompt', '/v1/jobs', '/api/v2/jobs'].map(ofThreeMb);
  const bodies = each.map((kind) => kind.body());
  const { leastMs, tried } = await leastHeld(service, async () => {
    const answers = await Promise.all(
      each.flatMap((kind, at) => Array.from({ length: several }, async () => send(kind, bodies[at]!))),
    );
    await sleep(afterwardsMs.accepted);
    for (const { status, text } of answers) expect(status, text.slice(0, 500)).toBeLessThan(300);
  });
  console.log(`${several} of 3 MB at each of three doors: ${JSON.stringify(tried)}`);
  expect(leastMs).toBeLessThanOrEqual(heldMaxMs);
});

test('what was asked with, read again, holds it no longer than what was sent', async () => {
  const kind = kinds.find(({ what }) => what === '/v1/jobs: one text of 16 MB that is not Latin')!;
  const { text } = await send(kind, kind.body());
  const { id } = JSON.parse(text) as { id: string };
  for (const path of [
    `/v1/jobs/${id}/graph`,
    `/v1/jobs/${id}`,
    `/api/v2/jobs/${id}`,
    `/api/v2/jobs/${id}/workflow`,
  ]) {
    const { leastMs, tried } = await leastHeld(service, async () => {
      const response = await fetch(`${service.url}${path}`);
      expect(response.status, path).toBe(200);
      await response.arrayBuffer();
    });
    console.log(`${path.replace(id, 'ID')}: ${JSON.stringify(tried)}`);
    expect(leastMs, path).toBeLessThanOrEqual(heldMaxMs);
  }
  const again = async (): Promise<Response> =>
    fetch(`${service.url}/v1/jobs/${id}/retry`, { method: 'POST' });
  const { leastMs } = await leastHeld(service, async () => {
    expect([202, 409]).toContain((await again()).status);
    await sleep(afterwardsMs.accepted);
  });
  expect(leastMs, 'retry').toBeLessThanOrEqual(heldMaxMs);
});

async function send(
  { door, path, method, type = 'application/json' }: Kind,
  body: Buffer,
): Promise<{ status: number; text: string }> {
  const response = await fetch(`${door === 'native' ? service.nativeUrl : service.url}${path}`, {
    method: method ?? 'POST',
    headers: {
      'content-type': type,
      accept: 'application/json, text/event-stream',
    },
    body,
    signal: AbortSignal.timeout(60_000),
  });
  return { status: response.status, text: await response.text() };
}
