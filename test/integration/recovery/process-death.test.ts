import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deployment, promptsOf, type Replica } from '../../support/deployment.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { expectWithin } from '../../support/within.js';

const jobCount = 23;

describe('the death of the service', () => {
  let deployment: Deployment;
  let service: Replica;

  beforeAll(async () => {
    const node = { stepMs: 40, loadMs: 10 };
    deployment = await Deployment.create([
      { name: 'one', ...node },
      { name: 'two', ...node },
      { name: 'three', ...node },
    ]);
  });
  afterAll(async () => deployment.destroy());

  const running = (): number =>
    deployment.nodes
      .flatMap((node) => node.record())
      .filter((entry) => entry.startedAt !== null && entry.outcome === null).length;

  async function submitAll(): Promise<string[]> {
    return Promise.all(
      Array.from({ length: jobCount }, async () => service.jobs.submit(samplingGraph({ steps: 10 }))),
    );
  }

  async function expectEachRanOnce(ids: string[]): Promise<void> {
    for (const id of ids) {
      const job = await service.jobs.ended(id);
      expect(job).toMatchObject({ id, state: 'succeeded', attempts: 1, history: [{ outcome: 'ok' }] });
      expect(promptsOf(job, deployment.nodes)).toMatchObject([{ outcome: 'success' }]);
      expect(job.outputs).toHaveLength(1);
    }
  }

  it('by kill -9 loses no job and runs none twice: 20 queued and 3 running ones end after the next start', async () => {
    service = await deployment.start();
    const ids = await submitAll();
    await eventually(() => running() === 3, { what: 'three runs' });
    await service.kill();
    service = await deployment.start();
    await expectEachRanOnce(ids);
  });

  it('by SIGTERM is quick and clean; what runs goes on, and the next start follows it at once', async () => {
    const ids = await submitAll();
    await eventually(() => running() === 3, { what: 'three runs' });
    const beganMs = performance.now();
    expect(await service.stop()).toBe(0);
    expectWithin(5_000, beganMs);
    expect(service.output()).not.toMatch(/"level":(50|60)/);
    // The service that was killed before must not count as alive under the long lease.
    await deployment.database?.pool.query(`DELETE FROM replica WHERE heartbeat_at > to_timestamp(0)`);
    // With a lease this long, only a lease that was given up can be adopted now.
    service = await deployment.start({ REPLICA_LEASE_MS: '60000', LEADER_LEASE_MS: '60000' });
    await expectEachRanOnce(ids);
  });

  it('by SIGTERM does not wait for nodes that do not answer', async () => {
    const [first = ''] = await submitAll();
    // Then its node is to be told that the prompt is over, and others are being posted and followed.
    await service.jobs.ended(first);
    const silence = deployment.nodes.map((node) => node.inject({ kind: 'slow-route', path: '/' }));
    const beganMs = performance.now();
    expect(await service.stop()).toBe(0);
    expectWithin(8_000, beganMs);
    for (const fault of silence) fault.clear();
  });
});
