import type { Command } from 'commander';
import { events } from '../api/events.js';
import type { Api } from '../api/api.js';
import type { JobPage, JobsQuery } from '../api/shapes.js';
import { action, type Context, countOf, given, priorityOf, secondsOf } from '../context.js';
import { Failure } from '../failure.js';
import { safe } from '../terminal/safe-text.js';
import { tableOf } from '../terminal/table.js';
import { failureOfJob, follow } from './following.js';
import { describeJob, explain, failureLines, jobColumns } from './job-lines.js';

interface Filter {
  state?: 'queued';
  workflow?: string;
  tenant?: string;
  node?: string;
  label?: string;
  since?: string;
  search?: string;
  limit?: string;
}

export function addJobs(program: Command): void {
  const jobs = program
    .command('jobs')
    .summary('list, follow, explain, cancel and repeat jobs')
    .description('Jobs: what was asked for.');
  jobs
    .command('ls')
    .description('Lists jobs, newest first.')
    .option('--state <state>', 'queued, delayed, active, succeeded, failed, cancelled or expired')
    .option('--workflow <name>', 'of this workflow')
    .option('--tenant <id>', 'of this tenant')
    .option('--node <name>', 'whose latest attempt is on this node')
    .option('--label <key=value>', 'with this label')
    .option('--since <span>', 'that ended within this span: 15m, 2h, 1d')
    .option('--search <text>', 'the beginning of an id, or a part of tenant, workflow, label or error')
    .option('-n, --limit <number>', 'at most so many', '50')
    .action(action(list));
  jobs
    .command('get')
    .description('Shows one job with its attempts and results.')
    .argument('<id>')
    .action(action(get));
  jobs
    .command('watch')
    .description(
      'Follows a job to its end, or every job until Ctrl-C. Exits with 1 when the job does not succeed.',
    )
    .argument('[id]')
    .option('--no-preview', 'no previews')
    .action(action(watch));
  jobs
    .command('why')
    .description('Says why a job waits, why it runs where it does, or why it failed.')
    .argument('<id>')
    .action(action(why));
  jobs
    .command('failed')
    .description('Says what failed lately and why: causes with the number of jobs, the most frequent first.')
    .option('--since <span>', 'within this span', '1h')
    .action(action(failed));
  jobs
    .command('cancel')
    .description('Cancels jobs by id, or all of a tenant, workflow or state that have not ended.')
    .argument('[ids...]')
    .option('--tenant <id>', 'all of this tenant')
    .option('--workflow <name>', 'all of this workflow')
    .option('--state <state>', 'all that are queued, delayed or active')
    .action(action(cancel));
  jobs
    .command('priority')
    .description('Gives jobs that wait another priority: as if they had been submitted with it.')
    .argument('<priority>', '-3 to 3; put -- before a negative one')
    .argument('<ids...>')
    .action(action(prioritise));
  jobs
    .command('retry')
    .description('Submits the same again as new jobs, and prints their ids.')
    .argument('<ids...>')
    .action(action(retry));
}

async function list({ api, screen }: Context, filter: Filter): Promise<void> {
  const { since, limit = '50', label, state, workflow, tenant, node, search } = filter;
  const ended =
    since === undefined ? {} : { ended_after: new Date(Date.now() - secondsOf(since) * 1_000).toISOString() };
  const query = {
    limit: Math.min(200, countOf(limit)),
    ...ended,
    ...given({ label, workflow, tenant, node, search }),
    ...(state && { state }),
  };
  const answer = search === undefined ? await pageOf(api, query) : await searched(api, query);
  if (screen.isJson) return screen.json(answer);
  screen.lines(tableOf(answer.jobs, jobColumns(Date.now()), screen.columns));
  if (answer.next_cursor !== null) screen.note('There are more: -n shows up to 200, filters fewer.');
}

const pageOf = async (api: Api, query: JobsQuery): Promise<JobPage> =>
  api.told(api.routes.GET('/v1/jobs', { params: { query } }));

/** One answer looks at so many jobs and no more: a text is looked for until enough is found, or nothing is left. */
async function searched(api: Api, query: JobsQuery): Promise<JobPage> {
  const jobs: JobPage['jobs'] = [];
  let cursor: string | null | undefined;
  while (cursor !== null && jobs.length < query.limit) {
    const page = await pageOf(api, { ...query, limit: query.limit - jobs.length, ...(cursor && { cursor }) });
    jobs.push(...page.jobs);
    cursor = page.next_cursor;
  }
  return { jobs, next_cursor: cursor ?? null };
}

async function get({ api, screen }: Context, _options: object, id: string): Promise<void> {
  const job = await api.told(api.routes.GET('/v1/jobs/{id}', { params: { path: { id } } }));
  if (screen.isJson) screen.json(job);
  else screen.lines(describeJob(job));
}

async function watch(context: Context, { preview }: { preview: boolean }, id?: string): Promise<void> {
  const { api, screen, signal } = context;
  if (id !== undefined) {
    const job = await follow(context, id, preview);
    if (screen.isJson) screen.json(job);
    else screen.lines(describeJob(job));
    if (job.state !== 'succeeded') throw failureOfJob(job);
    return;
  }
  for await (const { event, data } of events(api, { types: 'job' }, signal)) {
    if (event !== 'job') continue;
    const error = data['error'] as { message?: unknown } | null;
    if (screen.isJson) screen.jsonLine(data);
    else
      screen.lines([
        [data['id'], data['state'], data['workflow'] ?? '(graph)', data['node_id'], error?.message]
          .map(safe)
          .join('  '),
      ]);
  }
}

async function why({ api, screen }: Context, _options: object, id: string): Promise<void> {
  const at = { params: { path: { id } } };
  const decision = await api.told(api.routes.GET('/v1/jobs/{id}/decision', at));
  const job = await api.told(api.routes.GET('/v1/jobs/{id}', at));
  if (screen.isJson) screen.json({ ...decision, error: job.error });
  else screen.lines(explain(decision, job));
}

async function failed({ api, screen }: Context, { since }: { since: string }): Promise<void> {
  const minutes = Math.min(1_440, Math.max(1, Math.ceil(secondsOf(since) / 60)));
  const stats = await api.told(api.routes.GET('/v1/stats', { params: { query: { minutes } } }));
  if (screen.isJson) return screen.json(stats.failures);
  if (stats.failures.length === 0) screen.lines(['Nothing failed.']);
  else screen.lines(failureLines(stats, Date.now()));
}

async function cancel({ api, screen }: Context, filter: Filter, ...ids: string[]): Promise<void> {
  const { tenant, workflow, state } = filter;
  const many = given({ tenant, workflow, state });
  if ((ids.length === 0) === (Object.keys(many).length === 0))
    throw new Failure(
      'usage',
      'name jobs by their ids, or all of a tenant, workflow or state',
      'comfymux jobs cancel --tenant T',
    );
  if (ids.length === 0) return cancelAll({ api, screen } as Context, many);
  const answers = [];
  for (const id of ids)
    answers.push(await api.told(api.routes.POST('/v1/jobs/{id}/cancel', { params: { path: { id } } })));
  if (screen.isJson) screen.json(answers);
  else
    screen.lines(
      answers.map(
        (answer) => `${safe(answer.id)}  ${answer.state === 'active' ? 'stopping' : safe(answer.state)}`,
      ),
    );
}

async function cancelAll({ api, screen }: Context, body: Record<string, string>): Promise<void> {
  const sum = { cancelled: 0, stopping: 0 };
  for (let more = true; more;) {
    const answer = await api.told(api.routes.POST('/v1/jobs:cancel', { body }));
    sum.cancelled += answer.cancelled;
    sum.stopping += answer.stopping;
    more = answer.more && answer.cancelled + answer.stopping > 0;
  }
  if (screen.isJson) screen.json(sum);
  else screen.lines([`${sum.cancelled} cancelled, ${sum.stopping} being stopped at their nodes`]);
}

async function prioritise(
  { api, screen }: Context,
  _options: object,
  wanted: string,
  ...ids: string[]
): Promise<void> {
  const priority = priorityOf(wanted);
  const answers = [];
  for (const id of ids)
    answers.push(
      await api.told(api.routes.PATCH('/v1/jobs/{id}', { params: { path: { id } }, body: { priority } })),
    );
  if (screen.isJson) screen.json(answers);
  else screen.lines(answers.map((answer) => `${safe(answer.id)}  priority ${answer.priority}`));
}

async function retry({ api, screen }: Context, _options: object, ...ids: string[]): Promise<void> {
  const answers = [];
  for (const id of ids)
    answers.push(await api.told(api.routes.POST('/v1/jobs/{id}/retry', { params: { path: { id } } })));
  if (screen.isJson) screen.json(answers);
  else screen.lines(answers.map(({ id }) => safe(id)));
}
