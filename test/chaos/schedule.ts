/** What goes wrong, and when: drawn from the seed alone, so that a seed replays its schedule. */
import { crashPoints } from '../../src/platform/crash-points/index.js';
import type { FaultSpec } from '../../src/programs/simulator/index.js';
import { type Rng, stream } from '../../src/programs/simulation/rng.js';

export type Fault =
  | { on: 'replica'; replica: number; kind: 'kill' | 'terminate' }
  | { on: 'replica'; replica: number; kind: 'crash'; at: string }
  /** `cut-off`: its connections to the database are half-open. */
  | { on: 'replica'; replica: number; kind: 'pause' | 'cut-off'; forMs: number }
  /** `cut-off`: every replica's connections to it are half-open. */
  | { on: 'node'; node: number; kind: 'pause' | 'cut-off'; forMs: number }
  /** `restartAfterMs`: what only a new process cures. */
  | { on: 'node'; node: number; kind: 'inject'; spec: FaultSpec; restartAfterMs?: number }
  /** The model that every job needs is taken from it, and put back. */
  | { on: 'node'; node: number; kind: 'vanish'; forMs: number }
  /** An operator's wish, said at the door of a replica, and taken back at another's. */
  | { on: 'node'; node: number; kind: 'drain' | 'disable'; forMs: number }
  /** A row that no door lets in; it is gone at the end of the round's effects. */
  | { on: 'registry'; kind: 'poison'; url: string; forMs: number }
  | { on: 'database'; kind: 'stop'; forMs: number }
  | { on: 'database'; kind: 'crash' | 'end-connections' | 'lose-notifications' }
  /** The lease is given to another replica under the old one's feet. */
  | { on: 'leader'; kind: 'usurp'; replica: number; term: 'same' | 'next' };

export interface Strike {
  /** Since the round began. */
  atMs: number;
  fault: Fault;
}

export interface Extent {
  seed: number;
  rounds: number;
  roundMs: number;
  replicas: number;
  nodes: number;
  /** Only faults from which the cluster recovers in seconds. */
  brief: boolean;
}

type Draw = (rng: Rng, extent: Extent) => Fault;

export function scheduleOf(extent: Extent): Strike[][] {
  const rng = stream(extent.seed, 'faults');
  return Array.from({ length: extent.rounds }, () => {
    const strikes = Array.from({ length: 1 + rng.int(3) }, () => ({
      atMs: Math.round(rng.uniform(0, extent.roundMs * 0.7)),
      fault: drawFault(rng, extent),
    }));
    return strikes.toSorted((one, other) => one.atMs - other.atMs);
  });
}

function drawFault(rng: Rng, extent: Extent): Fault {
  const table = extent.brief ? faults.filter(({ brief }) => brief) : faults;
  let left = rng.next() * table.reduce((sum, { weight }) => sum + weight, 0);
  const drawn = table.find(({ weight }) => (left -= weight) < 0) ?? table[0]!;
  return drawn.draw(rng, extent);
}

const replicaFault =
  (
    make: (
      rng: Rng,
      extent: Extent,
    ) =>
      | { kind: 'kill' | 'terminate' }
      | { kind: 'crash'; at: string }
      | { kind: 'pause' | 'cut-off'; forMs: number },
  ): Draw =>
  (rng, extent) => ({ on: 'replica', replica: rng.int(extent.replicas), ...make(rng, extent) });

const nodeFault =
  (make: (rng: Rng) => FaultSpec, restartAfterMs?: number): Draw =>
  (rng, { nodes }) => ({
    on: 'node',
    node: rng.int(nodes),
    kind: 'inject',
    spec: make(rng),
    ...(restartAfterMs !== undefined && { restartAfterMs }),
  });

const between = (rng: Rng, low: number, high: number): number => Math.round(rng.uniform(low, high));
const oneOf = <T>(rng: Rng, items: readonly T[]): T => items[rng.int(items.length)]!;
/** One pause in ten outlasts every lease by far. */
const pauseMs = (rng: Rng, { brief }: Extent): number =>
  rng.next() < 0.1 && !brief ? 20_000 : between(rng, 300, 6000);

const poisonedUrls = [
  'http://127.0.0.1:1/#f',
  'http://u:%E0%A4%A@127.0.0.1:1',
  'nonsense',
  '',
  'http://[fe80::1]',
];

const faults: { weight: number; brief: boolean; draw: Draw }[] = [
  { weight: 4, brief: true, draw: replicaFault(() => ({ kind: 'kill' })) },
  { weight: 2, brief: true, draw: replicaFault(() => ({ kind: 'terminate' })) },
  {
    weight: 5,
    brief: true,
    draw: replicaFault((rng) => ({ kind: 'crash', at: `${oneOf(rng, crashPoints)}:${1 + rng.int(3)}` })),
  },
  {
    weight: 3,
    brief: true,
    draw: replicaFault((rng, extent) => ({ kind: 'pause', forMs: pauseMs(rng, extent) })),
  },
  {
    weight: 2,
    brief: true,
    draw: replicaFault((rng) => ({ kind: 'cut-off', forMs: between(rng, 100, 5000) })),
  },
  {
    weight: 2,
    brief: false,
    draw: (rng, { nodes }) => ({
      on: 'node',
      node: rng.int(nodes),
      kind: 'cut-off',
      forMs: between(rng, 100, 9000),
    }),
  },
  {
    weight: 2,
    brief: true,
    draw: (rng, { replicas }) => ({
      on: 'leader',
      kind: 'usurp',
      replica: rng.int(replicas),
      term: oneOf(rng, ['same', 'next']),
    }),
  },
  {
    weight: 1,
    brief: true,
    draw: (rng) => ({ on: 'database', kind: 'stop', forMs: between(rng, 500, 5000) }),
  },
  { weight: 1, brief: true, draw: () => ({ on: 'database', kind: 'crash' }) },
  { weight: 2, brief: true, draw: () => ({ on: 'database', kind: 'end-connections' }) },
  { weight: 2, brief: true, draw: () => ({ on: 'database', kind: 'lose-notifications' }) },
  {
    weight: 1,
    brief: false,
    draw: (rng, extent) => ({
      on: 'node',
      node: rng.int(extent.nodes),
      kind: 'pause',
      forMs: pauseMs(rng, extent),
    }),
  },
  {
    weight: 3,
    brief: true,
    draw: (rng, { nodes }) => ({
      on: 'node',
      node: rng.int(nodes),
      kind: 'vanish',
      forMs: between(rng, 500, 6000),
    }),
  },
  {
    weight: 3,
    brief: true,
    draw: (rng, { nodes }) => ({
      on: 'node',
      node: rng.int(nodes),
      kind: oneOf(rng, ['drain', 'disable']),
      forMs: between(rng, 500, 6000),
    }),
  },
  {
    weight: 1,
    brief: true,
    draw: (rng) => ({
      on: 'registry',
      kind: 'poison',
      url: oneOf(rng, poisonedUrls),
      forMs: between(rng, 500, 6000),
    }),
  },
  { weight: 2, brief: true, draw: nodeFault((rng) => ({ kind: 'restart', downMs: between(rng, 0, 1500) })) },
  {
    weight: 1,
    brief: false,
    draw: nodeFault((rng) => ({ kind: 'exit', backAfterMs: between(rng, 500, 8000) })),
  },
  {
    weight: 1,
    brief: true,
    draw: nodeFault((rng) => ({ kind: 'exit-while-sampling', backAfterMs: between(rng, 0, 2000) })),
  },
  { weight: 2, brief: false, draw: nodeFault(() => ({ kind: 'zombie' }), 6000) },
  { weight: 3, brief: false, draw: nodeFault(() => ({ kind: 'sticky-cuda' }), 4000) },
  {
    weight: 1,
    brief: false,
    draw: nodeFault((rng) => ({ kind: 'hang-sampling', forMs: between(rng, 1000, 25_000) })),
  },
  {
    weight: 2,
    brief: true,
    draw: nodeFault((rng) => ({
      kind: 'slow-route',
      path: '/prompt',
      delayMs: between(rng, 200, 3000),
      times: 2,
    })),
  },
  {
    weight: 1,
    brief: true,
    draw: nodeFault((rng) => ({
      kind: 'slow-route',
      path: oneOf(rng, ['/queue', '/history', '/view']),
      delayMs: between(rng, 200, 4000),
      times: 3,
    })),
  },
  {
    weight: 1,
    brief: true,
    draw: nodeFault((rng) => ({
      kind: 'fail-route',
      path: oneOf(rng, ['/prompt', '/queue', '/history', '/view']),
      times: 2,
    })),
  },
  { weight: 2, brief: true, draw: nodeFault(() => ({ kind: 'lie' })) },
  {
    weight: 3,
    brief: true,
    draw: nodeFault((rng) => ({ kind: 'late-accept', delayMs: between(rng, 300, 9000) })),
  },
  { weight: 3, brief: true, draw: nodeFault(() => ({ kind: 'lose-answer' })) },
  { weight: 1, brief: true, draw: nodeFault(() => ({ kind: 'lose-interrupt', times: 2 })) },
  {
    weight: 2,
    brief: true,
    draw: nodeFault((rng) => ({ kind: 'drop-sockets', scope: oneOf(rng, ['ws', 'all']) })),
  },
  {
    weight: 1,
    brief: true,
    draw: nodeFault((rng) => ({ kind: 'stop-accepting', forMs: between(rng, 300, 2000) })),
  },
  {
    weight: 1,
    brief: true,
    draw: nodeFault((rng) => ({ kind: 'stall-events', forMs: between(rng, 500, 5000) })),
  },
  { weight: 2, brief: true, draw: nodeFault(() => ({ kind: 'clear-history' })) },
  { weight: 1, brief: true, draw: nodeFault(() => ({ kind: 'poison-history' })) },
  {
    weight: 1,
    brief: true,
    draw: nodeFault((rng) => ({ kind: 'foreign-prompt', steps: between(rng, 5, 40) })),
  },
  { weight: 2, brief: true, draw: nodeFault((rng) => ({ kind: 'oom', times: 1 + rng.int(3) })) },
  {
    weight: 1,
    brief: true,
    draw: nodeFault((rng) => ({ kind: 'unserialisable-output', backAfterMs: between(rng, 0, 2000) })),
  },
];

/** `node-2 late-accept(delayMs 4100)`. */
export function describeFault(fault: Fault): string {
  const { kind } = fault;
  switch (fault.on) {
    case 'replica':
      return `replica-${fault.replica + 1} ${kind}${details({ ...fault, replica: undefined })}`;
    case 'node':
      return fault.kind !== 'inject'
        ? `node-${fault.node + 1} ${kind}${details({ forMs: fault.forMs })}`
        : `node-${fault.node + 1} ${fault.spec.kind}${details({ ...fault.spec })}`;
    case 'registry':
      return `registry ${kind}${details({ ...fault })}`;
    case 'database':
      return `database ${kind}${details({ ...fault })}`;
    case 'leader':
      return `replica-${fault.replica + 1} usurps the lease (${fault.term} term)`;
  }
}

function details(values: Record<string, unknown>): string {
  const shown = Object.entries(values).filter(
    ([key, value]) => value !== undefined && key !== 'on' && key !== 'kind',
  );
  return shown.length === 0 ? '' : `(${shown.map(([key, value]) => `${key} ${String(value)}`).join(', ')})`;
}
