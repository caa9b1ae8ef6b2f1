/**
 * SOAK_JOBS jobs (100,000) through the whole service on a durable PostgreSQL: `npm run bench:soak-service`. Clients keep a backlog of some
 * thousand jobs of a fleet of 33 nodes. Each tenth of the jobs is a row: what the leader's turns, statements and memory cost then.
 * Fails when the last row takes more than 1.5 times what the second one took, or when a job is lost.
 */
import { loadavg } from 'node:os';
import { expect, it } from 'vitest';
import { eventually } from '../../test/support/poll.js';
import { type Histogram, histogramOf, quantileOf } from '../queue/histogram.js';
import { rssMbOf } from '../native/program.js';
import { nativeSubmit } from './doors.js';
import { ms, Page } from './page.js';
import { loaded, Scene } from './scene.js';

const jobs = Number(process.env['SOAK_JOBS'] ?? 100_000);
const rows = 10;
const backlog = 1_000;
const slowdownMax = 1.5;
const page = new Page('soak');

interface Row {
  turnP99Ms: number;
  statementP99Ms: number;
  rssMb: number;
}

it(`${jobs} jobs through the whole service`, { timeout: 3_600_000 }, async () => {
  const scene = await Scene.open({ nodes: 33, stepMs: 20 });
  try {
    page.say(`Load average before ${loadavg()[0]!.toFixed(1)}; ${jobs} jobs on 33 nodes, runs of 20 ms.`);
    page.table(
      'jobs so far',
      'load',
      'jobs/s',
      'submit p99 ms',
      'turn p50 ms',
      'turn p99 ms',
      'statement p50 ms',
      'statement p99 ms',
      'service RSS MB',
      'database MB',
    );
    const told: Row[] = [];
    for (let row = 1; row <= rows; row += 1) told.push(await measureRow(scene, row));
    await ended(scene, jobs);
    const [first, last] = [told[1]!, told.at(-1)!];
    const ratio = (of: keyof Row): number => last[of] / first[of];
    page.say(
      `\nThe last row over the second: turns ${ratio('turnP99Ms').toFixed(2)}, statements ${ratio('statementP99Ms').toFixed(2)}, memory ${ratio('rssMb').toFixed(2)}.`,
    );
    expect(await scene.count(`job WHERE state = 'succeeded'`)).toBe(jobs);
    expect(ratio('turnP99Ms')).toBeLessThanOrEqual(slowdownMax);
    expect(ratio('statementP99Ms')).toBeLessThanOrEqual(slowdownMax);
  } finally {
    page.write();
    await scene.close();
  }
});

async function measureRow(scene: Scene, row: number): Promise<Row> {
  const before = await metricsOf(scene);
  const fromMs = performance.now();
  const mine = jobs / rows;
  const submitP99Ms = await submit(scene, mine);
  await ended(scene, row * mine - backlog);
  const perSecond = (mine * 1000) / (performance.now() - fromMs);
  const { turns, statements } = await metricsOf(scene, before);
  const rssMb = await rssMbOf(scene.service.pid);
  const turnP99Ms = 1000 * quantileOf(turns, 0.99);
  const statementP99Ms = 1000 * quantileOf(statements, 0.99);
  page.row(
    String(row * mine),
    loadavg()[0]!.toFixed(1),
    perSecond.toFixed(0),
    ms(submitP99Ms),
    ms(1000 * quantileOf(turns, 0.5)),
    ms(turnP99Ms),
    ms(1000 * quantileOf(statements, 0.5)),
    ms(statementP99Ms),
    rssMb.toFixed(0),
    (await databaseMb(scene)).toFixed(0),
  );
  return { turnP99Ms, statementP99Ms, rssMb };
}

/** By the thousand, each when the backlog allows it. Answers the longest p99 of them. */
async function submit(scene: Scene, count: number): Promise<number> {
  let p99Ms = 0;
  for (let left = count; left > 0; left -= backlog) {
    await eventually(async () => (await waiting(scene)) < backlog, {
      timeoutMs: 600_000,
      intervalMs: 200,
      what: 'a short backlog',
    });
    const answers = await loaded({
      ...nativeSubmit(scene.service.nativeUrl),
      clients: 16,
      seconds: 600,
      requests: Math.min(left, backlog),
    });
    expect(answers.faults).toEqual([]);
    p99Ms = Math.max(p99Ms, answers.p99Ms);
  }
  return p99Ms;
}

const waiting = async (scene: Scene): Promise<number> => scene.count(`job WHERE state = 'queued'`);

const ended = async (scene: Scene, count: number): Promise<boolean> =>
  eventually(async () => (await scene.count(`job WHERE state = 'succeeded'`)) >= count, {
    timeoutMs: 600_000,
    intervalMs: 500,
    what: `the end of ${count} jobs`,
  });

interface Metrics {
  turns: Histogram;
  statements: Histogram;
}

async function metricsOf(scene: Scene, before?: Metrics): Promise<Metrics> {
  const text = await (await fetch(`${scene.service.url}/metrics`)).text();
  return {
    turns: histogramOf(text, 'comfymux_scheduler_turn_seconds', before?.turns),
    statements: histogramOf(text, 'comfymux_database_use_seconds', before?.statements),
  };
}

async function databaseMb(scene: Scene): Promise<number> {
  const { rows: told } = await scene.pool.query<{ bytes: number }>(
    'SELECT pg_database_size(current_database())::float8 AS bytes',
  );
  return (told[0]?.bytes ?? 0) / 2 ** 20;
}
