/** Logins of browsers: ended for whoever lost a device, or is to have less at once. */
import type { Command } from 'commander';
import { action, type Context } from '../../context.js';
import { safe } from '../../terminal/safe-text.js';

export function addLogins(program: Command): void {
  program
    .command('logins')
    .summary('end logins of browsers')
    .description('Logins of browsers in the console and the web UI.')
    .command('end')
    .description('Ends all logins of somebody: every replica obeys within two seconds. Their keys go on.')
    .argument('<whose>', 'a principal; people of an OpenID provider are oidc: and their subject')
    .option('--key', 'the argument is the id of a key: end those alone that began with it')
    .action(action(end));
}

async function end({ api, screen }: Context, { key }: { key?: boolean }, whose: string): Promise<void> {
  const path = `v1/${key ? 'keys' : 'principals'}/${encodeURIComponent(whose)}/logins`;
  const { ended } = (await (await api.send(path, { method: 'DELETE' })).json()) as { ended: number };
  if (screen.isJson) screen.json({ ended });
  else screen.lines([`${ended} logins of ${safe(whose)} are over`]);
}
