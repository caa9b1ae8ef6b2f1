import { setTimeout as sleep } from 'node:timers/promises';
import { mkdirSync } from 'node:fs';
import type { Command } from 'commander';
import type { Batch, ListedBatch } from '../../api/shapes.js';
import { action, type Context, countOf, given } from '../../context.js';
import { Failure } from '../../failure.js';
import { safe } from '../../terminal/safe-text.js';
import { age, type Column, tableOf } from '../../terminal/table.js';
import { saveAs } from '../results.js';
import { readText } from '../run-inputs.js';

const lookIntervalMs = 1_000;

export function addBatches(program: Command): void {
  const batches = program
    .command('batches')
    .summary('submit many jobs as one, cancel them, bring their results')
    .description('Batches: up to 500 jobs that were submitted as one.');
  batches
    .command('submit')
    .description(
      'Submits the jobs in a JSON file ({"jobs": […]}, or {"job": …, "sweep": …}), all or none. Prints the id of the batch; with --wait how its jobs ended.',
    )
    .argument('<file>')
    .option('--key <text>', 'an idempotency key: the same again within a day is answered with the first')
    .option('-w, --wait', 'wait for the end of the last job')
    .option('-o, --out <folder>', 'wait, and bring the results there, as one archive')
    .action(action(submit));
  batches
    .command('ls')
    .description('Lists batches, newest first, each with how its jobs stand.')
    .option('--tenant <id>', 'of this tenant')
    .option('-n, --limit <number>', 'at most so many', '20')
    .action(action(list));
  batches
    .command('get')
    .description('Says how many jobs are in which state.')
    .argument('<id>')
    .action(action(get));
  batches
    .command('cancel')
    .description('Cancels the jobs that have not ended.')
    .argument('<id>')
    .action(action(cancel));
  batches
    .command('results')
    .description('Brings the results there are by now, as one archive.')
    .argument('<id>')
    .option('-o, --out <folder>', 'where to', '.')
    .action(action(results));
}

interface SubmitOptions {
  key?: string;
  wait?: boolean;
  out?: string;
}

async function submit(
  context: Context,
  { key, wait = false, out }: SubmitOptions,
  path: string,
): Promise<void> {
  const { api, screen } = context;
  const headers = given({ 'idempotency-key': key });
  const batch = (await api.sendJson('v1/jobs/batch', readText(path), { headers })) as Batch;
  if (!wait && out === undefined) return show(context, batch, [safe(batch.id)]);
  screen.note(`batch ${batch.id}: ${batch.jobs.length} jobs`);
  const ended = await endOf(context, batch);
  const file = out === undefined ? [] : [await fetchArchive(context, batch.id, out)];
  show(context, ended, [...linesOf(ended), ...file]);
  if ((ended.counts.succeeded ?? 0) < ended.jobs.length)
    throw new Failure('failed', 'not every job succeeded', `comfymux batches get ${batch.id}`);
}

async function endOf(context: Context, batch: Batch): Promise<Batch> {
  let last = batch;
  while (!last.ended) {
    await sleep(lookIntervalMs, undefined, { signal: context.signal });
    last = await batchAt(context, batch.id);
  }
  return last;
}

async function list(
  { api, screen }: Context,
  { tenant, limit }: { tenant?: string; limit: string },
): Promise<void> {
  const query = { limit: Math.min(50, countOf(limit)), ...given({ tenant }) };
  const answer = await api.told(api.routes.GET('/v1/batches', { params: { query } }));
  if (screen.isJson) return screen.json(answer);
  screen.lines(tableOf(answer.batches, columns(Date.now()), screen.columns));
  if (answer.next_cursor !== null) screen.note('There are more: -n shows up to 50, --tenant fewer.');
}

const columns = (nowMs: number): Column<ListedBatch>[] => [
  { title: 'ID', of: ({ id }) => id },
  { title: 'TENANT', of: ({ tenant }) => tenant },
  { title: 'DONE', of: ({ progress }) => `${progress} %` },
  { title: 'AGE', of: ({ created_at: created }) => age(created, nowMs) },
  {
    title: 'JOBS',
    of: ({ counts }) =>
      Object.entries(counts)
        .map(([state, count]) => `${count} ${state}`)
        .join(', '),
  },
];

async function get(context: Context, _options: object, id: string): Promise<void> {
  const batch = await batchAt(context, id);
  show(context, batch, linesOf(batch));
}

async function cancel(context: Context, _options: object, id: string): Promise<void> {
  const { api } = context;
  const batch = await api.told(api.routes.POST('/v1/batches/{id}/cancel', { params: { path: { id } } }));
  show(context, batch, linesOf(batch));
}

async function results(context: Context, { out }: { out: string }, id: string): Promise<void> {
  const path = await fetchArchive(context, id, out);
  if (context.screen.isJson) context.screen.json({ file: path });
  else context.screen.lines([path]);
}

const batchAt = async ({ api }: Context, id: string): Promise<Batch> =>
  api.told(api.routes.GET('/v1/batches/{id}', { params: { path: { id } } }));

async function fetchArchive({ api, signal }: Context, id: string, folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const response = await api.open(`v1/batches/${encodeURIComponent(id)}/results.zip`, {}, signal);
  return saveAs(response, folder, `batch-${id.replaceAll(/[^\w-]/g, '_')}.zip`);
}

function show({ screen }: Context, batch: Batch, lines: readonly string[]): void {
  if (screen.isJson) screen.json(batch);
  else screen.lines([...lines]);
}

const linesOf = ({ id, progress, counts, jobs }: Batch): string[] => [
  `${safe(id)}  ${progress} %  ${jobs.length} jobs`,
  ...Object.entries(counts).map(([state, count]) => `  ${safe(state)}: ${count}`),
];
