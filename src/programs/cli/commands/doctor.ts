/** Asks the server, its database, its storage and its nodes; says what is wrong and what to do. */
import type { Command } from 'commander';
import { action, type Context } from '../context.js';
import { Failure } from '../failure.js';
import { safe } from '../terminal/safe-text.js';

export interface Finding {
  part: string;
  ok: boolean;
  says: string;
  /** What to do about it. */
  wayOut?: string | undefined;
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('look for what is wrong, and say what to do')
    .description(
      'Asks the server, its database, its storage and its nodes. Exits with 1 when something is wrong.',
    )
    .action(action(doctor));
}

async function doctor(context: Context): Promise<void> {
  const { screen } = context;
  const findings = await examine(context);
  if (screen.isJson) screen.json(findings);
  else screen.lines(findings.map(lineOf));
  const wrong = findings.filter(({ ok }) => !ok);
  if (wrong.length > 0)
    throw new Failure(
      'failed',
      `${wrong.length} of ${findings.length} checks found something`,
      wrong[0]?.wayOut,
    );
}

const lineOf = ({ part, ok, says, wayOut }: Finding): string =>
  `${ok ? 'ok   ' : 'WRONG'}  ${part.padEnd(9)}  ${safe(says)}${!ok && wayOut !== undefined ? ` - ${safe(wayOut)}` : ''}`;

/** Each check goes on where the one before failed, but for a server that is not there. */
async function examine(context: Context): Promise<Finding[]> {
  const server = await checked('server', async () => serverOf(context));
  if (!server[0]?.ok) return server;
  const parts = [
    checked('database', async () => databaseOf(context)),
    checked('key', async () => keyOf(context)),
    checked('nodes', async () => nodesOf(context)),
    checked('workflows', async () => workflowsOf(context)),
    checked('queue', async () => queueOf(context)),
  ];
  return [...server, ...(await Promise.all(parts)).flat()];
}

async function checked(part: string, look: () => Promise<Omit<Finding, 'part'>>): Promise<Finding[]> {
  try {
    return [{ part, ...(await look()) }];
  } catch (error) {
    const failure = error instanceof Failure ? error : new Failure('unreachable', String(error));
    return [{ part, ok: false, says: failure.message, wayOut: failure.wayOut }];
  }
}

async function serverOf({ api }: Context) {
  const { name, version } = (await (await api.open('v1/version', {})).json().catch(() => ({}))) as Record<
    string,
    unknown
  >;
  return name === 'comfymux'
    ? { ok: true, says: `${api.target.server} is ComfyMux ${String(version)}` }
    : {
        ok: false,
        says: `${api.target.server} is another program`,
        wayOut: `name the right address; this is that of ${api.target.source}`,
      };
}

interface Health {
  info?: Record<string, { status: string; message?: string }>;
  error?: Record<string, { status: string; message?: string }>;
}

/** `/readyz` tells of each part whether it is up. */
async function databaseOf({ api }: Context) {
  const response = await fetch(new URL('/readyz', api.target.server), { redirect: 'manual' });
  const body = (await response.json().catch(() => ({}))) as Health & { message?: unknown };
  const down = Object.entries(body.error ?? {}).map(([part, { message }]) => `${part}: ${message ?? 'down'}`);
  const notes = Object.entries(body.info ?? {}).flatMap(([part, { message }]) =>
    message === undefined ? [] : [`${part}: ${message}`],
  );
  if (response.ok) return { ok: true, says: ['it answers and takes writes', ...notes].join('; ') };
  return {
    ok: false,
    says: down.join('; ') || 'the server says that it is not ready',
    wayOut: "look at PostgreSQL and at the server's log; jobs wait and are not lost",
  };
}

async function keyOf({ api }: Context) {
  await api.told(api.routes.GET('/v1/jobs', { params: { query: { limit: 1 } } }));
  return { ok: true, says: api.target.key === undefined ? 'none is needed here' : 'it is good' };
}

async function nodesOf({ api }: Context) {
  const { nodes } = await api.told(api.routes.GET('/v1/nodes'));
  const working = nodes.filter(({ accepts_work: takes }) => takes);
  const idle = nodes.filter(({ accepts_work: takes, admin }) => !takes && admin === 'active');
  const says = `${working.length} of ${nodes.length} take work`;
  const why = idle.slice(0, 5).map(({ id, reason, state }) => `${id}: ${reason ?? state}`);
  if (nodes.length === 0)
    return { ok: false, says: 'there is none', wayOut: 'comfymux nodes add NAME http://HOST:8188' };
  if (working.length > 0 && idle.length === 0) return { ok: true, says };
  const [first] = idle;
  return {
    ok: false,
    says: [says, ...why].join('; '),
    wayOut: first
      ? `comfymux nodes get ${first.id}; is ComfyUI running there?`
      : `each was taken out: comfymux nodes undrain ${nodes[0]?.id}`,
  };
}

async function workflowsOf({ api }: Context) {
  const { workflows } = await api.told(api.routes.GET('/v1/readiness'));
  const not = workflows.filter(({ ready }) => !ready).map(({ name }) => name);
  return not.length === 0
    ? { ok: true, says: `each of ${workflows.length} can run somewhere` }
    : {
        ok: false,
        says: `no node can run ${not.slice(0, 5).join(', ')}`,
        wayOut: `comfymux ready ${not[0]}`,
      };
}

/** Storage has no probe of its own: whoever cannot keep results fails jobs by `collect_error`. */
async function queueOf({ api }: Context) {
  const queue = await api.told(api.routes.GET('/v1/queue'));
  const stats = await api.told(api.routes.GET('/v1/stats', { params: { query: { minutes: 60 } } }));
  const storage = stats.failures
    .filter(({ code }) => code === 'collect_error')
    .reduce((sum, { jobs }) => sum + jobs, 0);
  const failed = stats.failures.reduce((sum, { jobs }) => sum + jobs, 0);
  const says = `${queue.queued + queue.delayed} wait, ${queue.active} at nodes, ${failed} failed in the last hour`;
  if (storage === 0) return { ok: true, says };
  return {
    ok: false,
    says: `${says}, ${storage} of them because results could not be kept`,
    wayOut: 'look at the storage: its space, its address, its credentials',
  };
}
