/**
 * Service and PostgreSQL are killed while submits and moves go in batches: what was answered is there, what was not is whole or absent,
 * and nothing is there twice. A killed PostgreSQL loses what it had committed without waiting for the disk. `npm run test:kill` does 100
 * rounds of each.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedDatabase, startEmbeddedDatabase } from '../../../src/platform/database/index.js';
import { createLogger } from '../../../src/platform/logging/index.js';
import { Deployment, promptsOf, type Replica } from '../../support/deployment.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';

const rounds = Number(process.env['KILL_ROUNDS'] ?? 2);
const clients = 16;
const graph = samplingGraph({ steps: 1 });

describe('killed in the middle of batches', () => {
  let dataDir: string;
  let database: EmbeddedDatabase;
  let deployment: Deployment;
  let service: Replica;
  const pool = (): pg.Pool => new pg.Pool({ connectionString: database.url, max: 1 });
  /** Key of each submit, and the job that the answer named. */
  const submits = new Map<string, string | null>();

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'comfymux-killed-'));
    database = await startEmbeddedDatabase({ dataDir, log: createLogger({ level: 'silent' }) });
    const node = { stepMs: 5, loadMs: 1 };
    deployment = await Deployment.create(
      ['one', 'two', 'three', 'four'].map((name) => ({ name, ...node })),
      database.url,
    );
    service = await deployment.start({ LOG_LEVEL: 'warn' });
  });
  afterAll(async () => {
    await deployment.destroy();
    await database.stop();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });

  /** The id, or null for whatever is no promise. */
  async function submit(key: string): Promise<string | null> {
    try {
      const response = await fetch(`${service.url}/v1/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify({ graph }),
      });
      const { id } = (await response.json()) as { id?: string };
      return response.status === 202 ? (id ?? null) : null;
    } catch {
      return null;
    }
  }

  async function load(isOver: () => boolean): Promise<void> {
    const client = async (): Promise<void> => {
      while (!isOver()) {
        const key = randomUUID();
        submits.set(key, null);
        submits.set(key, await submit(key));
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
  }

  async function killUnderLoad(round: number, kill: () => Promise<void>): Promise<void> {
    let isOver = false;
    const loading = load(() => isOver);
    await sleep(150 + ((round * 7919) % 400));
    const kills = kill();
    await sleep(50);
    isOver = true;
    await Promise.all([loading, kills]);
  }

  /** Of the record as it is: jobs that lack a part, and keys without a job. */
  async function halfWritten(db: pg.Pool): Promise<number> {
    const { rows } = await db.query<{ count: number }>(
      `SELECT (SELECT count(*) FROM job j WHERE NOT EXISTS (SELECT FROM job_input i WHERE i.job_id = j.id)
           OR NOT EXISTS (SELECT FROM idempotency k WHERE k.job_id = j.id))::int
         + (SELECT count(*) FROM idempotency k WHERE NOT EXISTS (SELECT FROM job j WHERE j.id = k.job_id))::int AS count`,
    );
    return rows[0]!.count;
  }

  async function expectKept(): Promise<void> {
    const db = pool();
    try {
      expect(await halfWritten(db)).toBe(0);
      const answered = [...submits.values()].filter((id) => id !== null);
      const { rows } = await db.query<{ id: string }>('SELECT id FROM job');
      const known = new Set(rows.map(({ id }) => id));
      expect(answered.filter((id) => !known.has(id))).toEqual([]);
      for (const [key, id] of submits) if (id === null) submits.set(key, await submit(key));
      const made = await db.query<{ jobs: number; keys: number }>(
        `SELECT (SELECT count(*)::int FROM job) AS jobs, (SELECT count(*)::int FROM idempotency) AS keys`,
      );
      expect(made.rows[0]).toEqual({ jobs: submits.size, keys: submits.size });
      expect(new Set(submits.values()).size).toBe(submits.size);
    } finally {
      await db.end();
    }
  }

  const takesSubmits = async (): Promise<void> => {
    const key = randomUUID();
    const id = await eventually(async () => submit(key), {
      timeoutMs: 60_000,
      what: 'a submit that is answered',
    });
    submits.set(key, id);
  };

  /** Sessions of a server whose first process is dead may answer a little longer. */
  const isAnotherThan = async (pid: number): Promise<void> => {
    await eventually(
      async () => {
        const client = new pg.Client({ connectionString: database.url });
        client.on('error', () => undefined);
        try {
          await client.connect();
          return postmasterOf(dataDir) !== pid;
        } catch {
          return false;
        } finally {
          await client.end().catch(() => undefined);
        }
      },
      { timeoutMs: 60_000, what: 'the next server' },
    );
  };

  it.each(Array.from({ length: rounds }, (_, round) => round))('the service, round %i', async (round) => {
    await killUnderLoad(round, async () => service.kill());
    service = await deployment.start({ LOG_LEVEL: 'warn' });
    await expectKept();
  });

  it.each(Array.from({ length: rounds }, (_, round) => round))('PostgreSQL, round %i', async (round) => {
    await takesSubmits();
    const pid = postmasterOf(dataDir);
    await killUnderLoad(round, async () => void process.kill(pid, 'SIGKILL'));
    await isAnotherThan(pid);
    await takesSubmits();
    await expectKept();
  });

  it(
    'ends each job with one run that counts',
    async () => {
      expect(submits.size).toBeGreaterThan(rounds * clients);
      const db = pool();
      try {
        await eventually(
          async () => {
            const { rows } = await db.query<{ left: number }>(
              `SELECT count(*)::int AS left FROM job WHERE state <> 'succeeded'`,
            );
            return rows[0]!.left === 0;
          },
          { timeoutMs: 50_000 + rounds * 10_000, intervalMs: 500, what: 'the success of every job' },
        );
      } finally {
        await db.end();
      }
      const ids = [...submits.values()].filter((id) => id !== null);
      for (const id of ids.filter((_, at) => at % Math.ceil(ids.length / 200) === 0)) {
        const job = await service.jobs.get(id);
        expect(job.history.filter(({ outcome }) => outcome === 'ok')).toHaveLength(1);
        expect(promptsOf(job, deployment.nodes).filter(({ outcome }) => outcome === 'success')).toHaveLength(
          1,
        );
      }
    },
    60_000 + rounds * 10_000,
  );
});

function postmasterOf(dataDir: string): number {
  const path = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith('postmaster.pid'),
  );
  return Number(readFileSync(join(dataDir, path ?? ''), 'utf8').split('\n')[0]);
}
