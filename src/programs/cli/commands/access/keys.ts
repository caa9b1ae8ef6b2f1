/** Keys over HTTP: who may do what. The text of a key is shown once and never kept. */
import type { Command } from 'commander';
import type { ApiKey, MadeKey } from '../../api/shapes.js';
import { action, type Context, given, secondsOf, several } from '../../context.js';
import { safe } from '../../terminal/safe-text.js';
import { tableOf } from '../../terminal/table.js';

interface MakeOptions {
  role: string;
  tenant?: string;
  name?: string;
  ends?: string;
  door?: string[];
  workflow?: string[];
}

export function addKeys(program: Command): void {
  const keys = program
    .command('keys')
    .summary('make, list and revoke keys')
    .description('Keys: who may do what.');
  keys
    .command('ls')
    .description('Lists the keys, the newest first; what is secret is not shown.')
    .action(action(list));
  keys
    .command('make')
    .description('Makes a key for a person or program, and prints it this once.')
    .argument('<principal>', 'whose it is')
    .option('--role <role>', 'read, submit, operator, admin or metrics', 'submit')
    .option('--tenant <id>', 'the tenant that its jobs are counted for')
    .option('--name <text>', 'what it is for')
    .option('--ends <span>', 'after which it ends by itself: 12h, 90d')
    .option('--door <name>', 'for this door alone', several)
    .option('--workflow <name>', 'for this workflow alone', several)
    .action(action(make));
  keys
    .command('rotate')
    .description('Makes a second key like this one, which ends a while later, and prints it.')
    .argument('<id>')
    .option('--grace <span>', 'how long the old one goes on', '1d')
    .action(action(rotate));
  keys
    .command('revoke')
    .description('Ends a key: every replica obeys within two seconds.')
    .argument('<id>')
    .action(action(revoke));
}

async function list({ api, screen }: Context): Promise<void> {
  const { keys } = (await (await api.send('v1/keys')).json()) as { keys: ApiKey[] };
  if (screen.isJson) return screen.json(keys);
  const columns = (['id', 'principal', 'tenant', 'role', 'name'] as const).map((name) => ({
    title: name.toUpperCase(),
    of: (key: ApiKey) => key[name],
  }));
  screen.lines(
    tableOf(
      keys,
      [
        ...columns,
        { title: 'USED', of: ({ used_at: used }) => used ?? 'never' },
        {
          title: 'ENDS',
          of: ({ revoked_at: revoked, expires_at: end }) => (revoked === null ? end : `revoked ${revoked}`),
        },
      ],
      screen.columns,
    ),
  );
}

async function make(context: Context, options: MakeOptions, principal: string): Promise<void> {
  const { role, tenant, name, ends, door, workflow } = options;
  const order = {
    principal,
    role,
    ...given({ tenant, name }),
    ...(ends !== undefined && { expires_at: new Date(Date.now() + secondsOf(ends) * 1_000).toISOString() }),
    ...(door && { doors: door }),
    ...(workflow && { workflows: workflow }),
  };
  showMade(context, await posted(context, 'v1/keys', order));
}

async function rotate(context: Context, { grace }: { grace: string }, id: string): Promise<void> {
  const path = `v1/keys/${encodeURIComponent(id)}/rotate`;
  showMade(context, await posted(context, path, { grace_s: secondsOf(grace) }));
}

async function posted({ api }: Context, path: string, order: object): Promise<MadeKey> {
  return (await api.sendJson(path, JSON.stringify(order))) as MadeKey;
}

function showMade({ screen }: Context, made: MadeKey): void {
  if (screen.isJson) return screen.json(made);
  screen.note(`key ${made.id} of ${made.principal}: it is shown this once`);
  screen.lines([safe(made.key)]);
}

async function revoke({ api, screen }: Context, _options: object, id: string): Promise<void> {
  const key = (await (
    await api.send(`v1/keys/${encodeURIComponent(id)}`, { method: 'DELETE' })
  ).json()) as ApiKey;
  if (screen.isJson) screen.json(key);
  else screen.lines([`${safe(key.id)} of ${safe(key.principal)} is revoked`]);
}
