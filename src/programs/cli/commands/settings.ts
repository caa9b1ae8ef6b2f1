/** Contexts: servers by name, each with a key of its own. */
import { text } from 'node:stream/consumers';
import process from 'node:process';
import { Command } from 'commander';
import { Failure } from '../failure.js';
import {
  checkContextName,
  forgetKey,
  keepKey,
  readSettings,
  settingsPath,
  writeSettings,
} from '../settings/settings.js';
import { Screen } from '../terminal/screen.js';
import { tableOf } from '../terminal/table.js';

export function addContexts(program: Command): void {
  const contexts = program
    .command('context')
    .summary('name servers, and choose one')
    .description('Contexts: servers by name, each with its key.');
  contexts.command('ls').description('Lists the contexts; a star marks the one that is used.').action(list);
  contexts
    .command('set')
    .description(
      'Names a server, and uses it from now on. The key is read from standard input, and kept in a file that nobody else may read.',
    )
    .argument('<name>')
    .argument('<url>', 'its address')
    .option('--key-stdin', 'read a key from standard input')
    .action(set);
  contexts.command('use').description('Uses this context from now on.').argument('<name>').action(use);
  contexts.command('rm').description('Forgets a context and its key.').argument('<name>').action(remove);
}

function list(_options: object, command: Command): void {
  const { current, contexts } = readSettings();
  const screen = new Screen(command.optsWithGlobals<{ json?: boolean }>().json === true);
  const rows = Object.entries(contexts).map(([name, { server }]) => ({
    name,
    server,
    current: name === current,
  }));
  if (screen.isJson) return screen.json(rows);
  screen.lines(
    tableOf(
      rows,
      [
        { title: '', of: (row) => (row.current ? '*' : '') },
        { title: 'NAME', of: ({ name }) => name },
        { title: 'SERVER', of: ({ server }) => server },
      ],
      screen.columns,
    ),
  );
}

async function set(name: string, server: string, { keyStdin }: { keyStdin?: boolean }): Promise<void> {
  checkContextName(name);
  if (!URL.canParse(server) || !/^https?:/.test(server))
    throw new Failure('usage', `"${server}" is no http address`);
  if (keyStdin === true) keepKey(name, keyIn(await text(process.stdin)));
  const settings = readSettings();
  writeSettings({ current: name, contexts: { ...settings.contexts, [name]: { server } } });
  new Screen(false).lines([`${name} is used from now on (${settingsPath()})`]);
}

function keyIn(typed: string): string {
  const key = typed.trim();
  if (/^[\x21-\x7e]{8,512}$/.test(key)) return key;
  throw new Failure(
    'usage',
    'standard input holds no key',
    'comfymux context set NAME URL --key-stdin < key.txt',
  );
}

function use(name: string): void {
  const settings = readSettings();
  if (!Object.hasOwn(settings.contexts, name))
    throw new Failure('usage', `there is no context "${name}"`, 'comfymux context ls');
  writeSettings({ ...settings, current: name });
}

function remove(name: string): void {
  const { current, contexts } = readSettings();
  const { [name]: gone, ...rest } = contexts;
  if (!gone) throw new Failure('usage', `there is no context "${name}"`, 'comfymux context ls');
  forgetKey(name);
  writeSettings({ ...(current !== name && current !== undefined && { current }), contexts: rest });
}
