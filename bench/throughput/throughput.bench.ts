/**
 * What a job costs: `npm run bench:throughput`. Submits while no node takes work, reads, and whole paths, each with the CPU of the service
 * and of PostgreSQL, transactions and flushes per job; beside a bare simulated node in the same run. PostgreSQL is durable.
 * On a machine with other work times mean little: costs per job do. Writes the tables of docs/performance.md, or of BENCH_PAGE.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { eventually } from '../../test/support/poll.js';
import { type Cost, flushMsOf } from './meters.js';
import { type Answers, bodiesOf, Scene } from './scene.js';

const seconds = Number(process.env['BENCH_SECONDS'] ?? 4);
const lines: string[] = [];
const say = (line: string): void => {
  lines.push(line);
  process.stdout.write(`${line}\n`);
};
const ms = (value: number): string => value.toFixed(value < 10 ? 2 : 0);
const each = (sum: number, count: number): string => (sum / Math.max(1, count)).toFixed(2);

const costsOf = (cost: Cost, jobs: number): string =>
  [cost.serviceCpuS * 1000, cost.postgresCpuS * 1000, cost.transactions, cost.flushes]
    .map((value) => each(value, jobs))
    .join(' | ');

afterAll(() => {
  const page = process.env['BENCH_PAGE'] ?? new URL('../../docs/performance.md', import.meta.url);
  const [before = ''] = readFileSync(page, 'utf8').split('<!-- measured -->');
  writeFileSync(page, `${before}<!-- measured -->\n\n${lines.join('\n')}\n`);
});

it('submits and reads', async () => {
  const scene = await Scene.open(3, 20);
  try {
    await scene.admin('drain');
    say(`Load average before ${loadavg()[0]!.toFixed(1)}; one flush ${ms(await flushMsOf(scene.pool))} ms.`);
    say('');
    say(
      '| submit, no node taking work | clients | a second | p50 ms | p99 ms | service ms CPU | PostgreSQL ms CPU | transactions | flushes |',
    );
    say('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
    const rowOf = (
      what: string,
      clients: number,
      { perSecond, p50Ms, p99Ms }: Answers,
      costs: string,
    ): void => say(`| ${what} | ${clients} | ${ms(perSecond)} | ${ms(p50Ms)} | ${ms(p99Ms)} | ${costs} |`);
    const ids: string[] = [];
    for (const clients of [1, 16, 64]) {
      const bodies = bodiesOf('native', 400);
      const bare = await scene.load({ url: `${scene.nodeUrls[0]}/prompt`, bodies, clients, seconds: 1 });
      rowOf('bare simulated node', clients, bare, ' | | | ');
      for (const door of ['native', 'v1'] as const) {
        const url = door === 'v1' ? `${scene.service.url}/v1/jobs` : `${scene.service.nativeUrl}/prompt`;
        await scene.load({ url, bodies: bodiesOf(door, 20), clients, seconds: 0.5 });
        await scene.meters.begin();
        const answers = await scene.load({ url, bodies: bodiesOf(door, 400), clients, seconds });
        rowOf(door, clients, answers, costsOf(await scene.meters.end(), answers.answered));
        expect(answers.failed).toBe(0);
        ids.push(...answers.ids);
        const { rows } = await scene.pool.query<{ count: string }>(
          'SELECT count(*) FROM job WHERE id = ANY ($1::uuid[])',
          [answers.ids],
        );
        expect(Number(rows[0]?.count)).toBe(answers.answered);
      }
    }
    say('');
    say('| read, 16 clients | a second | p50 ms | p99 ms | service ms CPU | PostgreSQL ms CPU |');
    say('| --- | --- | --- | --- | --- | --- |');
    for (const url of [
      `${scene.service.url}/v1/jobs/${ids[0]}`,
      `${scene.service.nativeUrl}/history/${ids[0]}`,
    ]) {
      await scene.meters.begin();
      const answers = await scene.load({ url, clients: 16, seconds });
      const cost = await scene.meters.end();
      const cpu = [cost.serviceCpuS, cost.postgresCpuS].map((s) => each(s * 1000, answers.answered));
      const path = new URL(url).pathname.replace(ids[0]!, '{id}');
      say(
        `| ${path} | ${ms(answers.perSecond)} | ${ms(answers.p50Ms)} | ${ms(answers.p99Ms)} | ${cpu.join(' | ')} |`,
      );
    }
  } finally {
    await scene.stop();
  }
});

const scenes = [
  { nodes: 3, stepMs: 20, jobs: 300 },
  { nodes: 50, stepMs: 20, jobs: 600 },
  { nodes: 50, stepMs: 1000, jobs: 400 },
];
it.each(scenes)('whole path: $nodes nodes, runs of $stepMs ms', async ({ nodes, stepMs, jobs }) => {
  const scene = await Scene.open(nodes, stepMs);
  try {
    const [load] = loadavg();
    await scene.admin('drain');
    const bodies = bodiesOf('native', jobs);
    const url = `${scene.service.nativeUrl}/prompt`;
    const { answered } = await scene.load({ url, bodies, clients: 16, seconds: 60, requests: jobs });
    await scene.meters.begin();
    await scene.admin('undrain');
    const ended = async (): Promise<number> => {
      const { rows } = await scene.pool.query<{ count: string }>(
        `SELECT count(*) FROM job WHERE state = 'succeeded'`,
      );
      return Number(rows[0]?.count);
    };
    await eventually(async () => (await ended()) >= answered, {
      timeoutMs: 120_000,
      intervalMs: 250,
      what: 'the end of all jobs',
    });
    const cost = await scene.meters.end();
    await sleep(100);
    const { rows } = await scene.pool.query<{ gapMs: number }>(gapsSql);
    const gaps = rows.map(({ gapMs }) => gapMs).toSorted((a, b) => a - b);
    const at = (share: number): number => gaps[Math.floor(share * gaps.length)] ?? 0;
    const span = await scene.pool.query<{ perSecond: number }>(rateSql);
    if (nodes === scenes[0]!.nodes) {
      say('');
      say(
        '| whole path, a backlog of prompts | load | jobs/s | gap p50 ms | gap p99 ms | service ms CPU | PostgreSQL ms CPU | transactions | flushes |',
      );
      say('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
    }
    say(
      `| ${nodes} nodes, runs of ${stepMs} ms | ${load!.toFixed(1)} | ${ms(span.rows[0]?.perSecond ?? 0)} | ${ms(at(0.5))} | ${ms(at(0.99))} | ${costsOf(cost, answered)} |`,
    );
    expect(await ended()).toBe(answered);
  } finally {
    await scene.stop();
  }
});

/** By the nodes' own clocks, from the end of one run to the start of the next on the same node. */
const gapsSql = `SELECT "gapMs" FROM (
  SELECT r.started_at_ms - lag(r.ended_at_ms) OVER (PARTITION BY a.node_id ORDER BY r.started_at_ms) AS "gapMs"
  FROM job_run r JOIN attempt a ON a.job_id = r.job_id AND a.outcome = 'ok') g WHERE "gapMs" IS NOT NULL`;
const rateSql = `SELECT (count(*) * 1000 / GREATEST(max(ended_at_ms) - min(started_at_ms), 1))::float8 AS "perSecond" FROM job_run`;
