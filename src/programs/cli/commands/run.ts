import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { isLosslessNumber, parse, stringify } from 'lossless-json';
import { action, type Context, priorityOf, several } from '../context.js';
import { Failure } from '../failure.js';
import { safe } from '../terminal/safe-text.js';
import { failureOfJob, follow } from './following.js';
import { describeJob } from './job-lines.js';
import { fetchResults } from './results.js';
import { givenInputs, readText, setInGraph, workflowInputs } from './run-inputs.js';

interface RunOptions {
  input?: string[];
  wait?: boolean;
  out?: string;
  tenant?: string;
  priority?: string;
  label?: string[];
  preview: boolean;
}

export function addRun(program: Command): void {
  program
    .command('run')
    .summary('run a workflow, or a graph from a file')
    .description(
      'Runs a named workflow (name, name@channel or name@version), or the graph in a file, in either format of ComfyUI. Prints the id of the job; with --wait the job as it ended.',
    )
    .argument('<workflow>', 'name of a workflow, or path of a JSON file')
    .option(
      '-i, --input <name=value>',
      'sets an input: a value, @file, or an http address; in a graph the name is node.field',
      several,
    )
    .option('-w, --wait', 'wait for the end, with progress and previews where the terminal can show them')
    .option('-o, --out <folder>', 'wait, and bring the results there')
    .option('--tenant <id>', 'whom the job is counted for')
    .option('--priority <number>', '-3 to 3')
    .option('--label <key=value>', 'a label of the job', several)
    .option('--no-preview', 'no previews')
    .action(action(run));
}

async function run(context: Context, options: RunOptions, target: string): Promise<void> {
  const { api, screen } = context;
  const body = await orderText(context, target, options);
  const { id } = (await api.sendJson('v1/jobs', body)) as { id: string };
  if (options.wait !== true && options.out === undefined) {
    if (screen.isJson) screen.json({ id });
    else screen.lines([safe(id)]);
    return;
  }
  screen.note(`job ${id}`);
  const job = await follow(context, id, options.preview);
  if (job.state !== 'succeeded') throw failureOfJob(job);
  const files = options.out === undefined ? [] : await fetchResults(context, job, options.out);
  if (screen.isJson) screen.json({ ...job, files });
  else screen.lines(options.out === undefined ? describeJob(job) : files);
}

/** The body of a submit; numbers keep their digits. */
export async function orderText(
  context: Context,
  target: string,
  options: Pick<RunOptions, 'input' | 'tenant' | 'priority' | 'label'>,
): Promise<string> {
  return stringify({ ...(await what(context, target, options)), ...how(options) }) ?? '';
}

async function what(
  context: Context,
  target: string,
  { input = [] }: Pick<RunOptions, 'input'>,
): Promise<object> {
  const given = givenInputs(input);
  if (!existsSync(target)) {
    if (/[/\\]|\.json$/.test(target)) throw new Failure('usage', `there is no file ${target}`);
    const [name = ''] = target.split('@');
    const workflow = await context.api.told(
      context.api.routes.GET('/v1/workflows/{name}', { params: { path: { name } } }),
    );
    return { workflow: target, inputs: await workflowInputs(context, workflow, given) };
  }
  const graph = graphIn(target);
  await setInGraph(context, graph, given);
  return { graph };
}

/** Numbers keep their digits. */
function graphIn(path: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = parse(readText(path));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(
      'usage',
      `${path} holds no JSON`,
      'a picture that carries a workflow: comfymux workflows convert FILE',
    );
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) && !isLosslessNumber(parsed))
    return parsed as Record<string, unknown>;
  throw new Failure('usage', `${path} holds no graph`);
}

function how({ tenant, priority, label = [] }: Pick<RunOptions, 'tenant' | 'priority' | 'label'>): object {
  const labels = Object.fromEntries(givenInputs(label).map(({ name, value }) => [name, value]));
  return {
    ...(tenant === undefined ? {} : { tenant }),
    ...(priority === undefined ? {} : { priority: priorityOf(priority) }),
    ...(label.length === 0 ? {} : { labels }),
  };
}
