/** Jobs as lines for a person. Pure. */
import type { Decision, Job, JobDetail, Stats } from '../api/shapes.js';
import { safe } from '../terminal/safe-text.js';
import { age, type Column, duration, pairsOf, tableOf } from '../terminal/table.js';

export const jobColumns = (nowMs: number): Column<Job>[] => [
  { title: 'ID', of: ({ id }) => id },
  { title: 'STATE', of: ({ state }) => state },
  { title: 'WORKFLOW', of: ({ workflow }) => workflow ?? '(graph)' },
  { title: 'TENANT', of: ({ tenant }) => tenant },
  { title: 'NODE', of: ({ node_id: node }) => node },
  { title: 'AGE', of: ({ created_at: created }) => age(created, nowMs) },
  { title: 'WHAT', of: whatOf },
];

function whatOf({ state, progress, waiting_for: waiting, error, outputs }: Job): string {
  if (state === 'active') return progress === null ? 'on its way' : `${Math.floor(progress)} %`;
  if (error) return `${error.code}: ${error.message}`;
  return state === 'succeeded' ? `${outputs.length} results` : (waiting ?? '');
}

export function describeJob(job: JobDetail): string[] {
  const facts = pairsOf([
    ['id', job.id],
    ['state', job.cancel_requested && job.state === 'active' ? 'active, being cancelled' : job.state],
    ['workflow', job.workflow ?? '(graph)'],
    ['tenant', job.tenant],
    ['node', job.node_id],
    ['progress', job.state === 'active' ? `${Math.floor(job.progress ?? 0)} %` : null],
    ['waits for', job.waiting_for],
    ['place', job.queue_position],
    ['ends about', job.eta?.end],
    ['submitted', job.created_at],
    ['started', job.started_at],
    ['finished', job.finished_at],
    ['error', job.error && `${job.error.code}: ${job.error.message}`],
  ]);
  const attempts = tableOf(
    job.history,
    [
      { title: 'TRY', of: ({ no }) => no },
      { title: 'NODE', of: ({ node_id: node }) => node },
      { title: 'STATE', of: ({ state, outcome }) => outcome ?? state },
      { title: 'ERROR', of: ({ error }) => error && `${error.code}: ${error.message}` },
    ],
    1_000,
  );
  const results = job.outputs.map(({ url }) => safe(url));
  return [
    ...facts,
    ...(job.history.length > 0 ? ['', ...attempts] : []),
    ...(results.length > 0 ? ['', ...results] : []),
  ];
}

/** Why a job waits, or runs where it does. */
export function explain(decision: Decision, job: JobDetail): string[] {
  if (decision.waiting) {
    const { reason } = decision.waiting;
    const lines = [`It waits: ${safe(reason)}.`];
    if (decision.queue_position !== null)
      lines.push(`It is number ${decision.queue_position} of those that wait.`);
    return [...lines, ...etaLines(decision.eta)];
  }
  const placed = decision.placed ? placedLines(decision.placed) : [];
  if (job.error) return [`It ${job.state}: ${safe(job.error.message)} (${safe(job.error.code)}).`, ...placed];
  const state = `It is ${job.state}${job.waiting_for === null ? '' : `: ${safe(job.waiting_for)}`}.`;
  return [state, ...placed, ...etaLines(decision.eta)];
}

function etaLines(eta: Decision['eta']): string[] {
  return eta
    ? [
        `It starts about ${safe(eta.start)} and ends about ${safe(eta.end)} (nine of ten times before ${safe(eta.end_p90)}).`,
      ]
    : [];
}

function placedLines(placed: NonNullable<Decision['placed']>): string[] {
  const candidates = [placed, ...placed.runners_up];
  const terms = [...new Set(candidates.flatMap(({ terms: own }) => Object.keys(own)))];
  const table = tableOf(
    candidates,
    [
      { title: 'NODE', of: ({ node_id: node }) => node },
      { title: 'SECONDS', of: ({ cost_s: cost }) => round(cost) },
      ...terms.map((term) => ({
        title: safe(term).toUpperCase(),
        of: (node: (typeof candidates)[number]) => round(node.terms[term] ?? 0),
      })),
    ],
    1_000,
  );
  const held = placed.held_s > 0 ? ` after it was kept back ${duration(placed.held_s)} for a warm node` : '';
  return [
    `Its try ${placed.attempt} went to ${safe(placed.node_id)}${held}: the least seconds of the nodes that were free.`,
    ...table,
  ];
}

const round = (seconds: unknown): string => Number(seconds).toFixed(1);

export function failureLines({ failures }: Stats, nowMs: number): string[] {
  return tableOf(
    failures,
    [
      { title: 'JOBS', of: ({ jobs }) => jobs },
      { title: 'CAUSE', of: ({ code }) => code },
      { title: 'WORKFLOW', of: ({ workflow }) => workflow ?? '(graph)' },
      { title: 'NODE', of: ({ node_id: node }) => node },
      { title: 'LAST', of: ({ last_at: last }) => `${age(last, nowMs)} ago` },
      { title: 'LAST JOB', of: ({ last_job_id: id }) => id },
      { title: 'WHY', of: ({ last_message: message }) => message },
    ],
    1_000,
  );
}
