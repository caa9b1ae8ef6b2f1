import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { ComfyNode } from '../api/shapes.js';
import { action, type Context, several } from '../context.js';
import { Failure } from '../failure.js';
import { safe } from '../terminal/safe-text.js';
import { age, pairsOf, tableOf } from '../terminal/table.js';
import { givenInputs } from './run-inputs.js';

const lookAgainMs = 1_000;

export function addNodes(program: Command): void {
  const nodes = program
    .command('nodes')
    .summary('list, add, drain and remove nodes')
    .description('Nodes: ComfyUI servers of the cluster.');
  nodes.command('ls').description('Lists the nodes with what is wrong with each.').action(action(list));
  nodes
    .command('get')
    .description('Shows one node, what it holds in memory and its last hours.')
    .argument('<name>')
    .action(action(get));
  nodes
    .command('add')
    .description('Registers a node.')
    .argument('<name>')
    .argument('<url>')
    .option('--weight <number>', '2 makes it look twice as fast, 0 gives it no work', '1')
    .option('--label <key=value>', 'a label', several)
    .action(action(add));
  nodes
    .command('drain')
    .description('Lets a node finish what it runs and take nothing new; with --wait until it is empty.')
    .argument('<name>')
    .option('-w, --wait', 'wait until it is empty')
    .action(action(drain));
  nodes.command('undrain').description('Gives a node work again.').argument('<name>').action(action(undrain));
  nodes
    .command('rm')
    .description('Forgets a node; what it runs is placed elsewhere.')
    .argument('<name>')
    .action(action(remove));
}

async function list({ api, screen }: Context): Promise<void> {
  const { nodes } = await api.told(api.routes.GET('/v1/nodes'));
  if (screen.isJson) return screen.json(nodes);
  const nowMs = Date.now();
  const columns = [
    { title: 'NAME', of: ({ id }: ComfyNode) => id },
    { title: 'STATE', of: standingOf },
    { title: 'GPU', of: ({ devices }: ComfyNode) => devices[0]?.name },
    { title: 'MEMORY', of: ({ devices }: ComfyNode) => gigabytes(devices[0]?.vram_total_bytes) },
    { title: 'SEEN', of: ({ last_seen_at: seen }: ComfyNode) => seen && `${age(seen, nowMs)} ago` },
    { title: 'WHY', of: ({ reason }: ComfyNode) => reason },
  ];
  screen.lines(tableOf(nodes, columns, screen.columns));
}

/** The state and what keeps work away, in one word or two. */
export function standingOf({ state, admin, flags, breaker, accepts_work: takesWork }: ComfyNode): string {
  const marks = [
    ...(admin === 'active' ? [] : [admin]),
    ...flags,
    ...(breaker === 'closed' ? [] : [`breaker ${breaker}`]),
  ];
  return [takesWork ? 'ready' : state, ...marks].join(', ');
}

const gigabytes = (bytes: number | undefined): string =>
  bytes ? `${(bytes / 1024 ** 3).toFixed(0)} GB` : '';

async function get({ api, screen }: Context, _options: object, id: string): Promise<void> {
  const at = { params: { path: { id } } };
  const node = await api.told(api.routes.GET('/v1/nodes/{id}', at));
  const memory = await api.told(api.routes.GET('/v1/nodes/{id}/residency', at));
  const hours = await api.told(api.routes.GET('/v1/nodes/{id}/timeline', at));
  if (screen.isJson) return screen.json({ ...node, residency: memory, timeline: hours });
  screen.lines(
    pairsOf([
      ['name', node.id],
      ['address', node.url],
      ['state', standingOf(node)],
      ['why', node.reason],
      ['version', node.version],
      ['device', node.devices[0]?.name],
      [
        'labels',
        Object.entries(node.labels)
          .map(([key, value]) => `${key}=${value}`)
          .join(' '),
      ],
      ['busy', `${(hours.busy_share * 100).toFixed(0)} % of the last 3 hours, ${hours.runs.length} runs`],
      ['in memory', memory.models.map(({ name }) => name).join(', ')],
    ]),
  );
}

async function add(
  { api, screen }: Context,
  options: { weight: string; label?: string[] },
  id: string,
  url: string,
): Promise<void> {
  const weight = Number(options.weight);
  if (!Number.isFinite(weight)) throw new Failure('usage', `"${options.weight}" is no weight`);
  const labels = Object.fromEntries(givenInputs(options.label ?? []).map(({ name, value }) => [name, value]));
  const node = await api.told(api.routes.POST('/v1/nodes', { body: { id, url, weight, labels } }));
  if (screen.isJson) screen.json(node);
  else screen.lines([`${safe(node.id)} is registered and being looked at`]);
}

async function drain(
  { api, screen, signal }: Context,
  { wait }: { wait?: boolean },
  id: string,
): Promise<void> {
  const at = { params: { path: { id } } };
  let node = await api.told(api.routes.POST('/v1/nodes/{id}/drain', at));
  if (wait === true) node = await whenEmpty({ api, screen, signal }, node);
  if (signal.aborted)
    throw new Failure(
      'failed',
      `${id} is being drained still`,
      `comfymux nodes get ${id}; comfymux nodes undrain ${id}`,
    );
  if (screen.isJson) screen.json(node);
  else
    screen.lines([
      node.admin === 'drained'
        ? `${safe(id)} is empty`
        : `${safe(id)} finishes what it runs and takes nothing new`,
    ]);
}

/** The node when what it ran has ended, or when nobody waits any more. */
async function whenEmpty({ api, screen, signal }: Context, draining: ComfyNode): Promise<ComfyNode> {
  const at = { params: { path: { id: draining.id } } };
  let node = draining;
  while (node.admin === 'draining' && !signal.aborted) {
    screen.bar(0, `${draining.id} finishes what it runs`);
    await sleep(lookAgainMs, undefined, { signal }).catch(() => undefined);
    node = await api.told(api.routes.GET('/v1/nodes/{id}', at));
  }
  return node;
}

async function undrain({ api, screen }: Context, _options: object, id: string): Promise<void> {
  const node = await api.told(api.routes.POST('/v1/nodes/{id}/undrain', { params: { path: { id } } }));
  if (screen.isJson) screen.json(node);
  else screen.lines([`${safe(id)} takes work again`]);
}

async function remove({ api, screen }: Context, _options: object, id: string): Promise<void> {
  await api.told(api.routes.DELETE('/v1/nodes/{id}', { params: { path: { id } } }));
  if (screen.isJson) screen.json({ id });
  else screen.lines([`${safe(id)} is forgotten`]);
}
