/** A chaos run from beginning to end, and the table that it prints. */
import { Circumstances } from './circumstances.js';
import { briefTimings, Cluster } from './cluster.js';
import { collectEvidence } from './evidence.js';
import { Load } from './load.js';
import { Recovery, type RecoveryTime } from './recovery.js';
import { describeFault, type Extent, scheduleOf } from './schedule.js';
import { Striker } from './strike.js';
import { isClean, judge, type Verdict } from './verdict.js';

export interface ChaosOptions extends Extent {
  /** No round begins after this; those left out are said. */
  maxMs: number;
  /** For the jobs that are left when the last round is over. */
  drainMs: number;
  /** The service's own timings instead of brief ones. */
  ownTimings: boolean;
  /** Keeps what the replicas logged. */
  logDir: string | undefined;
}

/** The service's default. */
const ownSettleMs = 30_000;

export interface ChaosResult {
  verdict: Verdict;
  clean: boolean;
  table: string;
}

export async function runChaos(options: ChaosOptions, say: (line: string) => void): Promise<ChaosResult> {
  say(
    `chaos: seed ${options.seed}, ${options.rounds} rounds of ${options.roundMs} ms, ${options.replicas} replicas, ${options.nodes} nodes`,
  );
  const cluster = await Cluster.start({ ...options, timings: options.ownTimings ? {} : briefTimings });
  try {
    return await torment(cluster, options, say);
  } finally {
    await cluster.stop();
  }
}

async function torment(
  cluster: Cluster,
  options: ChaosOptions,
  say: (line: string) => void,
): Promise<ChaosResult> {
  const recovery = new Recovery(cluster);
  const striker = new Striker(cluster, recovery);
  const load = new Load(cluster, options.seed, options.nodes * 4);
  const beganMs = performance.now();
  load.start();
  let rounds = 0;
  for (const strikes of scheduleOf(options)) {
    if (performance.now() - beganMs > options.maxMs) break;
    rounds += 1;
    say(
      `round ${rounds}: ${strikes.map(({ atMs, fault }) => `${atMs} ms ${describeFault(fault)}`).join('; ')}`,
    );
    await striker.round(strikes, options.roundMs);
    await cluster.release();
  }
  await load.stop();
  await striker.over();
  await cluster.heal();
  const settleMs = options.ownTimings ? ownSettleMs : Number(briefTimings.ATTEMPT_SETTLE_MS);
  const drainBeganMs = performance.now();
  await cluster.waitForEveryJob(options.drainMs);
  const drainedMs = performance.now() - drainBeganMs;
  const verdict = judge(
    await collectEvidence(cluster),
    load.submissions,
    new Circumstances(
      striker.forgettings,
      [...striker.outages, ...cluster.orphaned.map((gap) => ({ ...gap, node: undefined }))],
      settleMs,
      striker.refusals,
    ),
  );
  verdict.faults.push(
    ...cluster.unexpectedEnds.map(({ replica, how }) => `${replica} ended by itself with ${how}`),
  );
  const clean = isClean(verdict);
  const table = tableOf(verdict, recovery.times, { rounds, drainedMs, seed: options.seed });
  say(table);
  return { verdict, clean, table };
}

function tableOf(
  verdict: Verdict,
  times: readonly RecoveryTime[],
  run: { seed: number; rounds: number; drainedMs: number },
): string {
  const kinds = [...new Set(times.map(({ kind }) => kind))].toSorted();
  const rows: [string, string | number][] = [
    ['seed', run.seed],
    ['rounds', run.rounds],
    ['jobs submitted (2xx)', `${verdict.submitted}: ${listed(verdict.doors)}`],
    ['ended as', listed(verdict.states)],
    ['failed with', listed(verdict.failures) || 'nothing'],
    ['runs on nodes', verdict.runs],
    ['lost', verdict.lost.length],
    ['left unended', verdict.unended.length],
    ['run twice, lawfully', sum([...verdict.lawfulReruns.values()])],
    ...[...verdict.lawfulReruns]
      .toSorted(([, one], [, other]) => other - one)
      .map(([reason, count]): [string, number] => [`  ${reason}`, count]),
    ['run twice, unlawfully', verdict.unlawfulReruns.length],
    ['other faults', verdict.faults.length],
    ['attempts ended as', listed(verdict.outcomes)],
    ...kinds.map((kind): [string, string] => [kind, timesOf(times.filter((time) => time.kind === kind))]),
    ['ambiguous post settled', figures(verdict.settledMs)],
    ['drained after the last round', `${Math.round(run.drainedMs)} ms`],
  ];
  const bad = [
    ...verdict.lost.map((key) => `lost: ${key}`),
    ...verdict.unended,
    ...verdict.unlawfulReruns,
    ...verdict.faults,
  ];
  return [...rows.map(([name, value]) => `${name.padEnd(64)} ${value}`), ...bad.slice(0, 50)].join('\n');
}

const timesOf = (times: readonly RecoveryTime[]): string =>
  `${figures(times.filter(({ clean }) => clean).map(({ tookMs }) => tookMs))}; with other faults meanwhile ${figures(times.filter(({ clean }) => !clean).map(({ tookMs }) => tookMs))}`;

function figures(valuesMs: readonly number[]): string {
  if (valuesMs.length === 0) return 'none';
  const sorted = valuesMs.toSorted((one, other) => one - other);
  return `p50 ${Math.round(sorted[Math.floor(sorted.length / 2)]!)} ms, max ${Math.round(sorted.at(-1)!)} ms (${sorted.length})`;
}

const listed = (tally: ReadonlyMap<string, number>): string =>
  [...tally].map(([name, count]) => `${name} ${count}`).join(', ');
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
