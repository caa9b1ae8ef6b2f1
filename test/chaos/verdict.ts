/**
 * Judges a run: nothing lost, nothing made twice, every job ended, results kept once, and for every run that was not the
 * job's last the reason that made another one lawful.
 */
import { infraBudget, runsLostMax } from '../../src/modules/jobs/domain/retry.js';
import type { AttemptRow, Evidence, JobRow, Prompt } from './evidence.js';
import type { Submission } from './load.js';
import type { Circumstances } from './circumstances.js';

export interface Verdict {
  submitted: number;
  doors: Map<string, number>;
  states: Map<string, number>;
  /** Codes of jobs that failed, with the nodes that failed them. */
  failures: Map<string, number>;
  /** Of attempts. */
  outcomes: Map<string, number>;
  runs: number;
  lost: string[];
  unended: string[];
  /** Reasons of second runs, and how often. */
  lawfulReruns: Map<string, number>;
  unlawfulReruns: string[];
  /** Whatever else must not be. */
  faults: string[];
  /** Time in `sending` of attempts whose post had no answer in time, ms. */
  settledMs: number[];
}

const terminal = new Set(['succeeded', 'failed', 'cancelled', 'expired']);
/** The nodes break, the graphs do not; and what breaks at some nodes is tried at others, or waits. */
const strangeFailures = new Set([
  'invalid',
  'missing_dep',
  'job_error',
  'cancelled',
  'node_fault',
  'oom',
  'bad_output',
]);

export function judge(
  evidence: Evidence,
  submissions: readonly Submission[],
  circumstances: Circumstances,
): Verdict {
  const { jobs, attempts, prompts } = evidence;
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const attemptOf = new Map(attempts.map((attempt) => [attempt.promptId, attempt]));
  const runs = prompts.filter(({ startedAt }) => startedAt !== null);
  const nodesOf = (jobId: string): number =>
    new Set(
      attempts.flatMap(({ jobId: of, nodeId, outcome }) =>
        of === jobId && outcome !== 'withdrawn' ? nodeId : [],
      ),
    ).size;
  const answered = submissions.filter(({ jobId }) => jobId !== undefined);
  const verdict: Verdict = {
    submitted: answered.length,
    doors: tally(answered.map(({ door }) => door)),
    states: tally(jobs.map(({ state }) => state)),
    failures: tally(
      jobs.flatMap(({ id, state, errorCode }) =>
        state === 'failed' ? `${errorCode} on ${nodesOf(id)} nodes` : [],
      ),
    ),
    outcomes: tally(
      attempts.map(({ outcome, code }) => (outcome === 'withdrawn' ? `withdrawn (${code})` : `${outcome}`)),
    ),
    runs: runs.length,
    lost: answered.filter(({ jobId }) => !byId.has(jobId!)).map(({ key }) => key),
    unended: jobs.filter(({ state }) => !terminal.has(state)).map(({ id, state }) => `${id} is ${state}`),
    lawfulReruns: new Map(),
    unlawfulReruns: [],
    faults: [
      ...faultsOfSubmissions(submissions, jobs),
      ...faultsOfJobs(evidence, submissions),
      ...faultsOfPrompts(prompts, attemptOf, circumstances),
    ],
    settledMs: attempts.flatMap(timeToSettle),
  };
  for (const [jobId, ofJob] of groupBy(runs, ({ promptId }) => attemptOf.get(promptId)?.jobId))
    judgeRuns(jobId, ofJob, attemptOf, circumstances, verdict);
  return verdict;
}

export const isClean = ({ lost, unended, unlawfulReruns, faults }: Verdict): boolean =>
  [lost, unended, unlawfulReruns, faults].every(({ length }) => length === 0);

function judgeRuns(
  jobId: string,
  runs: Prompt[],
  attemptOf: Map<string, AttemptRow>,
  circumstances: Circumstances,
  verdict: Verdict,
): void {
  const ordered = runs.toSorted(
    (one, other) => attemptOf.get(one.promptId)!.no - attemptOf.get(other.promptId)!.no,
  );
  for (const run of ordered.slice(0, -1)) {
    const attempt = attemptOf.get(run.promptId)!;
    const reason = circumstances.reasonOf(attempt, run);
    if (reason === undefined) verdict.unlawfulReruns.push(`job ${jobId}: ${describe(attempt, run)}`);
    else verdict.lawfulReruns.set(reason, (verdict.lawfulReruns.get(reason) ?? 0) + 1);
  }
}

function faultsOfSubmissions(submissions: readonly Submission[], jobs: readonly JobRow[]): string[] {
  const twice = [...groupBy(jobs, ({ key }) => key ?? undefined)]
    .filter(([, ofKey]) => ofKey.length > 1)
    .map(([key]) => `${key} made several jobs`);
  const answers = submissions
    .filter(({ answeredWith }) => answeredWith.size > 1)
    .map(({ key }) => `${key} was answered with several jobs`);
  const refused = submissions
    .filter(({ refusedWith }) => refusedWith !== undefined)
    .map(({ key, refusedWith }) => `${key} was refused with ${refusedWith}`);
  return [...twice, ...answers, ...refused];
}

function faultsOfJobs(
  { jobs, attempts, outputs, prompts }: Evidence,
  submissions: readonly Submission[],
): string[] {
  const cancelled = new Set(
    submissions.flatMap(({ cancelled: was, jobId }) => (was && jobId !== undefined ? [jobId] : [])),
  );
  const oks = groupBy(
    attempts.filter(({ outcome }) => outcome === 'ok'),
    ({ jobId }) => jobId,
  );
  const attemptsOf = groupBy(attempts, ({ jobId }) => jobId);
  const outputsOf = groupBy(outputs, ({ jobId }) => jobId);
  const ran = new Set(
    prompts.filter(({ outcome }) => outcome === 'success').map(({ promptId, node }) => `${promptId} ${node}`),
  );
  return jobs.flatMap(({ id, state, errorCode }) => {
    const results = new Set((outputsOf.get(id) ?? []).map(({ promptId }) => promptId));
    const succeeded = oks.get(id) ?? [];
    const said: string[] = [];
    if (succeeded.length !== (state === 'succeeded' ? 1 : 0))
      said.push(`${succeeded.length} attempts succeeded`);
    if (results.size !== (state === 'succeeded' ? 1 : 0))
      said.push(`has outputs of ${results.size} attempts`);
    if (succeeded.some(({ promptId }) => !results.has(promptId)))
      said.push('has outputs of an attempt that did not succeed');
    if (succeeded.some(({ promptId, nodeId }) => !ran.has(`${promptId} ${nodeId}`)))
      said.push('was never finished by its node');
    if (state === 'cancelled' && !cancelled.has(id)) said.push('was cancelled by nobody');
    const isBoundReached = reachesBound(attemptsOf.get(id) ?? [], errorCode);
    if (state === 'failed' && (strangeFailures.has(errorCode ?? '') || !isBoundReached))
      said.push(`failed with ${errorCode}`);
    return said.map((text) => `job ${id} (${state}): ${text}`);
  });
}

/** Each outcome after which a job is tried again has its bound: docs/job-lifecycle.md. */
function reachesBound(attempts: readonly AttemptRow[], errorCode: string | null): boolean {
  const count = (counts: (attempt: AttemptRow) => boolean): number => attempts.filter(counts).length;
  const runsLost = count(({ outcome, ran }) => outcome === 'node_lost' && ran);
  if (errorCode === 'node_lost' && runsLost >= runsLostMax) return true;
  if (errorCode === 'timeout' && count(({ outcome }) => outcome === 'timeout') > 1) return true;
  return (
    count(({ outcome, code }) => outcome !== 'withdrawn' && code !== 'dependency_gone') - runsLost >
    infraBudget
  );
}

function faultsOfPrompts(
  prompts: readonly Prompt[],
  attemptOf: Map<string, AttemptRow>,
  circumstances: Circumstances,
): string[] {
  const twice = [...groupBy(prompts, ({ promptId }) => promptId)]
    .filter(([, posts]) => posts.length > 1)
    .map(([id]) => `prompt ${id} was accepted twice`);
  const strange = prompts.flatMap((prompt) => {
    const attempt = attemptOf.get(prompt.promptId);
    if (!attempt) return [`prompt ${prompt.promptId} belongs to no attempt`];
    if (attempt.nodeId !== prompt.node)
      return [`prompt ${prompt.promptId} of ${attempt.nodeId} is on ${prompt.node}`];
    if (attempt.outcome === 'not_sent')
      return [`prompt ${prompt.promptId} arrived although it was never sent`];
    if (circumstances.wasRefused(attempt))
      return [`prompt ${prompt.promptId} went to ${prompt.node}, where an operator wanted no work`];
    return circumstances.overstayed(attempt, prompt)
      ? [`the reaper left prompt ${prompt.promptId} alone, which landed after it was given up`]
      : [];
  });
  return [...twice, ...strange];
}

function timeToSettle({ outcome, sendingAt, arrivalKnownAt }: AttemptRow): number[] {
  if (sendingAt === null || arrivalKnownAt === null) return [];
  const tookMs = arrivalKnownAt.getTime() - sendingAt.getTime();
  return outcome === 'not_arrived' || tookMs > 1000 ? [tookMs] : [];
}

const describe = (attempt: AttemptRow, run: Prompt): string =>
  `attempt ${attempt.no} (${attempt.outcome}, ${attempt.code}: ${attempt.message}) sent ${attempt.sendingAt?.toISOString()} known ${attempt.arrivalKnownAt?.toISOString()} ` +
  `closed ${attempt.closedAt?.toISOString()} on ${run.node}, run ${run.promptId} in life ${run.life} ` +
  `accepted ${time(run.acceptedAt)} started ${time(run.startedAt)} ended ${time(run.finishedAt)} ${run.outcome}`;

const time = (atMs: number | null): string => (atMs === null ? '-' : new Date(atMs).toISOString());

const tally = (names: readonly string[]): Map<string, number> =>
  new Map([...groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]));

function groupBy<Item, Key>(
  items: readonly Item[],
  keyOf: (item: Item) => Key | undefined,
): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
