import type { Command } from 'commander';
import { action, type Context } from '../../context.js';
import { Failure } from '../../failure.js';
import { tableOf } from '../../terminal/table.js';

interface Shares {
  weight?: string;
  maxQueued?: string;
  maxActive?: string;
  maxJobsPerDay?: string;
  maxGpuSecondsPerDay?: string;
  maxStoredBytes?: string;
  maxUploadedBytesPerDay?: string;
  maxStreams?: string;
  maxUserDataBytes?: string;
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
    .option('--max-jobs-per-day <number>', 'jobs that it may submit in a day (UTC)')
    .option('--max-gpu-seconds-per-day <number>', 'GPU seconds of the jobs that it submits in a day')
    .option('--max-stored-bytes <number>', 'bytes of the files that it may keep')
    .option('--max-uploaded-bytes-per-day <number>', 'bytes of the files that it may send in a day (UTC)')
    .option('--max-streams <number>', 'WebSockets and event streams that it may have open at one time')
    .option('--max-user-data-bytes <number>', 'bytes that the web UI may keep for it')
    .action(action(set));
}

async function list({ api, screen }: Context): Promise<void> {
  const { tenants } = await api.told(api.routes.GET('/v1/tenants'));
  if (screen.isJson) return screen.json(tenants);
  const columns = (
    [
      'id',
      'weight',
      'max_queued',
      'max_active',
      'max_jobs_per_day',
      'max_gpu_seconds_per_day',
      'stored_bytes',
      'max_stored_bytes',
      'uploaded_bytes_today',
      'max_uploaded_bytes_per_day',
      'open_streams',
      'max_streams',
      'user_data_bytes',
      'max_user_data_bytes',
    ] as const
  ).map((name) => ({
    title: name.replaceAll('_', ' ').toUpperCase(),
    of: (tenant: (typeof tenants)[number]) => tenant[name] ?? '-',
  }));
  screen.lines(tableOf(tenants, columns, screen.columns));
}

async function set({ api, screen }: Context, shares: Shares, id: string): Promise<void> {
  const body = {
    weight: numberOf(shares.weight ?? '1'),
    max_queued: numberOrNull(shares.maxQueued),
    max_active: numberOrNull(shares.maxActive),
    max_jobs_per_day: numberOrNull(shares.maxJobsPerDay),
    max_gpu_seconds_per_day: numberOrNull(shares.maxGpuSecondsPerDay),
    max_stored_bytes: numberOrNull(shares.maxStoredBytes),
    max_uploaded_bytes_per_day: numberOrNull(shares.maxUploadedBytesPerDay),
    max_streams: numberOrNull(shares.maxStreams),
    max_user_data_bytes: numberOrNull(shares.maxUserDataBytes),
  };
  const tenant = await api.told(api.routes.PUT('/v1/tenants/{id}', { params: { path: { id } }, body }));
  if (screen.isJson) screen.json(tenant);
  else screen.lines([`${id} has the weight ${tenant.weight}`]);
}

const numberOrNull = (text: string | undefined): number | null =>
  text === undefined ? null : numberOf(text);

function numberOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new Failure('usage', `"${text}" is no number`);
  return value;
}
