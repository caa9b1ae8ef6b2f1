/** The cluster as it is now, redrawn as it changes: nodes with what they run, and the queue. */
import process from 'node:process';
import type { Command } from 'commander';
import { events } from '../api/events.js';
import type { ComfyNode, Job, Queue } from '../api/shapes.js';
import { action, type Context } from '../context.js';
import { age, tableOf } from '../terminal/table.js';
import { standingOf } from './nodes.js';

const redrawMs = 500;
const rereadMs = 30_000;
const jobsMax = 5_000;

interface Picture {
  nodes: Map<string, ComfyNode>;
  jobs: Map<string, Job>;
  queue: Queue | undefined;
}

export function addTop(program: Command): void {
  program
    .command('top')
    .summary('show nodes, jobs and queue live')
    .description(
      'Shows nodes, what they run, and the queue, live until Ctrl-C; once where the output is no terminal.',
    )
    .action(action(top));
}

async function top(context: Context): Promise<void> {
  const { screen, signal } = context;
  const picture = await read(context);
  if (screen.isJson)
    return screen.json({
      queue: picture.queue,
      nodes: [...picture.nodes.values()],
      jobs: [...picture.jobs.values()],
    });
  if (!screen.isTerminal) return screen.lines(drawn(picture, screen.columns, Infinity));
  const draw = (): void =>
    screen.raw(
      `\u001b[H\u001b[J${drawn(picture, screen.columns, (process.stdout.rows || 40) - 1).join('\n')}`,
    );
  screen.raw('\u001b[?1049h\u001b[?25l');
  const timers = [setInterval(draw, redrawMs), setInterval(() => void reread(context, picture), rereadMs)];
  try {
    draw();
    for await (const { event, data } of events(context.api, { types: 'job,progress,node,queue' }, signal))
      take(picture, event, data);
  } finally {
    for (const timer of timers) clearInterval(timer);
    screen.raw('\u001b[?25h\u001b[?1049l');
  }
}

async function read({ api }: Context): Promise<Picture> {
  const query = { state: 'active', limit: 200 } as const;
  const { nodes } = await api.told(api.routes.GET('/v1/nodes'));
  const { jobs } = await api.told(api.routes.GET('/v1/jobs', { params: { query } }));
  const queue = await api.told(api.routes.GET('/v1/queue'));
  return {
    nodes: new Map(nodes.map((node) => [node.id, node])),
    jobs: new Map(jobs.map((job) => [job.id, job])),
    queue,
  };
}

async function reread(context: Context, picture: Picture): Promise<void> {
  await read(context).then(
    (now) => Object.assign(picture, now),
    () => undefined,
  );
}

function take(picture: Picture, event: string, data: Record<string, unknown>): void {
  if (event === 'node') picture.nodes.set(String(data['id']), data as ComfyNode);
  if (event === 'node_removed') picture.nodes.delete(String(data['id']));
  if (event === 'queue') picture.queue = data as Queue;
  if (event === 'progress') {
    const job = picture.jobs.get(String(data['job_id']));
    if (job) job.progress = Number(data['progress']);
  }
  if (event === 'job') {
    const job = data as Job;
    if (job.state === 'active' && picture.jobs.size < jobsMax) picture.jobs.set(job.id, job);
    else picture.jobs.delete(job.id);
  }
}

export function drawn({ nodes, jobs, queue }: Picture, columns: number, rows: number): string[] {
  const nowMs = Date.now();
  const byNode = new Map([...jobs.values()].map((job) => [job.node_id, job]));
  const head = queue
    ? `${queue.queued + queue.delayed} wait, ${queue.active} at nodes; the oldest waits ${age(queue.oldest_at, nowMs) || '-'}`
    : '';
  const lines = tableOf(
    [...nodes.values()],
    [
      { title: 'NODE', of: ({ id }) => id },
      { title: 'STATE', of: standingOf },
      { title: 'JOB', of: ({ id }) => byNode.get(id)?.id },
      { title: 'WORKFLOW', of: ({ id }) => workflowOf(byNode.get(id)) },
      { title: 'DONE', of: ({ id }) => doneOf(byNode.get(id)) },
      { title: 'WHY', of: ({ reason }) => reason },
    ],
    columns,
  );
  return [head, '', ...lines].slice(0, rows);
}

const workflowOf = (job: Job | undefined): string => (job ? (job.workflow ?? '(graph)') : '');
const doneOf = (job: Job | undefined): string => (job ? `${Math.floor(job.progress ?? 0)} %` : '');
