import { writeFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import type { Command } from 'commander';
import { parse, stringify } from 'lossless-json';
import type { Published } from '../api/shapes.js';
import { action, type Context } from '../context.js';
import { Failure } from '../failure.js';
import { safe } from '../terminal/safe-text.js';
import { tableOf } from '../terminal/table.js';
import { readFile, readText } from './run-inputs.js';

export function addWorkflows(program: Command): void {
  const workflows = program
    .command('workflows')
    .summary('list, publish, fetch, convert and compare workflows')
    .description('Workflows: graphs with a name, inputs and versions.');
  workflows.command('ls').description('Lists the named workflows.').action(action(list));
  workflows
    .command('push')
    .description(
      "Publishes a file as a version of a workflow: an editor's file, a graph, or a picture that carries one. What was guessed is told.",
    )
    .argument('<file>')
    .option('--name <name>', 'default: the name of the file')
    .option('--manifest <file>', 'what callers may set; without it one is proposed')
    .option('--channel <name>', 'the channel that points at it afterwards', 'latest')
    .action(action(push));
  workflows
    .command('pull')
    .description('Writes the graph and manifest of a version (name, name@channel, name@version).')
    .argument('<workflow>')
    .option('-o, --output <file>', 'default: standard output')
    .option('--graph', 'the graph alone, in API format')
    .action(action(pull));
  workflows
    .command('convert')
    .description(
      "Converts an editor's file, or a picture that carries a workflow, into the graph that the editor would queue.",
    )
    .argument('<file>')
    .option('-o, --output <file>', 'default: standard output')
    .action(action(convert));
  workflows
    .command('diff')
    .description(
      'Says what differs between two versions of a workflow; versions are channels or first digits.',
    )
    .argument('<name>')
    .argument('<from>')
    .argument('[to]')
    .action(
      action(async (context: Context, _options: object, name: string, ...versions: string[]) =>
        diff(context, name, versions),
      ),
    );
}

async function list({ api, screen }: Context): Promise<void> {
  const { workflows } = await api.told(api.routes.GET('/v1/workflows'));
  if (screen.isJson) return screen.json(workflows);
  const columns = [
    { title: 'NAME', of: ({ name }: { name: string }) => name },
    { title: 'TITLE', of: ({ title }: { title: string }) => title },
  ];
  screen.lines(tableOf(workflows, columns, screen.columns));
}

interface PushOptions {
  name?: string;
  manifest?: string;
  channel: string;
}

async function push(context: Context, options: PushOptions, path: string): Promise<void> {
  const { api, screen } = context;
  const name = options.name ?? basename(path, extname(path));
  const { graph } = await converted(context, path);
  const manifest = options.manifest === undefined ? {} : { manifest: parse(readText(options.manifest)) };
  const address = `v1/workflows/${encodeURIComponent(name)}?channel=${encodeURIComponent(options.channel)}`;
  const body = stringify({ graph, ...manifest }) ?? '';
  const told = (await api.sendJson(address, body, { method: 'PUT' })) as Published;
  if (screen.isJson) return screen.json(told);
  screen.lines([
    `${safe(told.name)} ${safe(told.version).slice(0, 12)} is ${safe(told.channel)}${told.is_new ? '' : ', as it was'}`,
    ...told.guessed.map(({ input, why }) => `  input ${safe(input)}: ${safe(why)}`),
    ...told.problems.map(({ message }) => `  note: ${safe(message)}`),
  ]);
}

async function pull(
  { api, screen }: Context,
  options: { output?: string; graph?: boolean },
  target: string,
): Promise<void> {
  const [name = '', version = 'latest'] = target.split('@');
  const path = `v1/workflows/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}`;
  const document = parse(await (await api.send(path)).text()) as { graph: unknown };
  write(
    screen,
    stringify(options.graph === true ? document.graph : document, undefined, 2) ?? '',
    options.output,
  );
}

async function convert(context: Context, { output }: { output?: string }, path: string): Promise<void> {
  const { graph, problems } = await converted(context, path);
  for (const { message } of problems) context.screen.note(`note: ${message}`);
  write(context.screen, stringify(graph, undefined, 2) ?? '', output);
}

/** In the graph numbers keep their digits. */
async function converted(
  { api }: Context,
  path: string,
): Promise<{ graph: unknown; problems: { message: string }[] }> {
  const form = new FormData();
  form.set('file', new Blob([readFile(path)]), basename(path));
  const answer = await api.send('v1/workflows:convert', { method: 'POST', body: form });
  return parse(await answer.text()) as never;
}

function write(screen: Context['screen'], text: string, output: string | undefined): void {
  if (output === undefined) return screen.jsonText(text);
  try {
    writeFileSync(output, `${text}\n`);
  } catch (error) {
    throw new Failure('failed', `${output} cannot be written: ${(error as Error).message}`);
  }
}

async function diff({ api, screen }: Context, name: string, versions: string[]): Promise<void> {
  const [from = '', to = 'latest'] = versions;
  const query = { from, to };
  const answer = await api.told(
    api.routes.GET('/v1/workflows/{name}/compare', { params: { path: { name }, query } }),
  );
  if (screen.isJson) return screen.json(answer);
  const lines = (['added', 'removed', 'changed'] as const).flatMap((kind) =>
    answer[kind].map((entry) => `${kind.padEnd(8)} ${safe(JSON.stringify(entry))}`),
  );
  screen.lines(lines.length === 0 ? ['They are equal.'] : lines);
}
