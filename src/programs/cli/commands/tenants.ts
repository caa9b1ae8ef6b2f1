import type { Command } from 'commander';
import { action, type Context } from '../context.js';
import { Failure } from '../failure.js';
import { tableOf } from '../terminal/table.js';

interface Shares {
  weight?: string;
  maxQueued?: string;
  maxActive?: string;
}

export function addTenants(program: Command): void {
  const tenants = program
    .command('tenants')
    .summary('list and set tenants')
    .description('Tenants: whom jobs are counted for.');
  tenants.command('ls').description('Lists tenants with their shares and limits.').action(action(list));
  tenants
    .command('set')
    .description('Makes a tenant, or replaces its share and limits.')
    .argument('<id>')
    .option('--weight <number>', 'its share', '1')
    .option('--max-queued <number>', 'waiting jobs beyond which it is refused')
    .option('--max-active <number>', 'jobs at nodes at one time')
    .action(action(set));
}

async function list({ api, screen }: Context): Promise<void> {
  const { tenants } = await api.told(api.routes.GET('/v1/tenants'));
  if (screen.isJson) return screen.json(tenants);
  const columns = (['id', 'weight', 'max_queued', 'max_active'] as const).map((name) => ({
    title: name.replace('_', ' ').toUpperCase(),
    of: (tenant: (typeof tenants)[number]) => tenant[name] ?? '-',
  }));
  screen.lines(tableOf(tenants, columns, screen.columns));
}

async function set({ api, screen }: Context, shares: Shares, id: string): Promise<void> {
  const body = {
    weight: numberOf(shares.weight ?? '1'),
    max_queued: shares.maxQueued === undefined ? null : numberOf(shares.maxQueued),
    max_active: shares.maxActive === undefined ? null : numberOf(shares.maxActive),
  };
  const tenant = await api.told(api.routes.PUT('/v1/tenants/{id}', { params: { path: { id } }, body }));
  if (screen.isJson) screen.json(tenant);
  else screen.lines([`${id} has the weight ${tenant.weight}`]);
}

function numberOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new Failure('usage', `"${text}" is no number`);
  return value;
}
