import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { Forecast, Readiness } from '../api/shapes.js';
import { action, type Context, several } from '../context.js';
import { Failure } from '../failure.js';
import { safe } from '../terminal/safe-text.js';
import { tableOf } from '../terminal/table.js';
import { orderText } from './run.js';
import { readText } from './run-inputs.js';

export function addReady(program: Command): void {
  program
    .command('ready')
    .summary('say which nodes can run a workflow, and what the others lack')
    .description(
      'Says which nodes can run a workflow or the graph in a file, and what each of the others lacks. Exits with 1 when none can.',
    )
    .argument('<file|workflow>')
    .action(action(ready));
  program
    .command('forecast')
    .summary('say where and when a job would run, without submitting it')
    .description(
      'Says which nodes could run a workflow or the graph in a file, on which it would run and when it would start and end. Exits with 1 when none can.',
    )
    .argument('<workflow>', 'name of a workflow, or path of a JSON file')
    .option('-i, --input <name=value>', 'sets an input, as in run', several)
    .option('--tenant <id>', 'whom the job would be counted for')
    .option('--priority <number>', '-3 to 3')
    .action(action(forecast));
}

interface ForecastOptions {
  input?: string[];
  tenant?: string;
  priority?: string;
}

async function forecast(context: Context, options: ForecastOptions, target: string): Promise<void> {
  const { api, screen } = context;
  const body = await orderText(context, target, options);
  const answer = (await api.sendJson('v1/forecast', body)) as Forecast;
  if (screen.isJson) screen.json(answer);
  else screen.lines([...forecastLines(answer, Date.now()), ...readinessLines(answer)]);
  failUnlessReady(answer);
}

export function forecastLines(
  { node_id: node, start, end, load, queue_position: position, waiting_for: why }: Forecast,
  nowMs: number,
): string[] {
  if (!start || !end || node === null) return why === null ? [] : [`it would wait: ${safe(why)}`];
  const inSeconds = (time: string): string =>
    `${Math.max(0, Math.round((Date.parse(time) - nowMs) / 1_000))} s`;
  return [
    `it would run on ${safe(node)}, as number ${position} of what waits`,
    `start in ${inSeconds(start.p50)} (nine of ten: ${inSeconds(start.p90)}), end in ${inSeconds(end.p50)} (${inSeconds(end.p90)})`,
    ...load.map(({ model, seconds }) => `it would load ${safe(model)}: ${Math.round(seconds)} s`),
  ];
}

async function ready({ api, screen }: Context, _options: object, target: string): Promise<void> {
  const answer = existsSync(target)
    ? await ofFile(api, target)
    : await api.told(
        api.routes.GET('/v1/workflows/{name}/readiness', { params: { path: { name: target } } }),
      );
  if (screen.isJson) screen.json(answer);
  else screen.lines(readinessLines(answer));
  failUnlessReady(answer);
}

async function ofFile(api: Context['api'], path: string): Promise<Readiness> {
  return (await api.sendJson('v1/readiness', `{"graph":${readText(path)}}`)) as Readiness;
}

function failUnlessReady({ ready: is }: Pick<Readiness, 'ready'>): void {
  if (!is)
    throw new Failure('failed', 'no node that takes work can run it', 'the table says what each lacks');
}

export function readinessLines({ nodes }: Pick<Readiness, 'nodes'>): string[] {
  return tableOf(
    nodes,
    [
      { title: 'NODE', of: ({ id }) => id },
      { title: 'READY', of: ({ ready: is }) => (is === null ? 'not known yet' : is ? 'yes' : 'no') },
      { title: 'TAKES WORK', of: ({ accepts_work: takes, state }) => (takes ? 'yes' : `no: ${state}`) },
    ],
    1_000,
  ).concat(nodes.flatMap(({ id, missing }) => (missing ? [`${safe(id)} lacks ${lackOf(missing)}`] : [])));
}

type Missing = NonNullable<Readiness['nodes'][number]['missing']>;

function lackOf({ classes, models, loras, choices, inputs }: Missing): string {
  const named = (kind: string, list: Missing['models']): string[] =>
    list.map(
      ({ value, nearest }) =>
        `${kind} ${safe(value)}${nearest === undefined ? '' : ` (it has ${safe(nearest)})`}`,
    );
  const parts = [
    ...classes.map((name) => `node class ${safe(name)}`),
    ...named('model', models),
    ...named('LoRA', loras),
    ...named('choice', choices),
    ...inputs.map((one) => `input ${safe(one.class)}.${safe(one.input)}`),
  ];
  return parts.join(', ');
}
