/** What a person should look at, in plain words, the worst first: pure, from what the pages read anyway. */
import type { ComfyNode, FailureCause, Job, Missing, Readiness } from '../../api/shapes';
import { count, someOf, span } from '../../ui/words';

export interface Matter {
  key: string;
  level: 'bad' | 'warn' | 'info';
  what: string;
  /** Why, as far as it is known. */
  cause: string | null;
  /** What helps. */
  help:
    | { kind: 'undrain'; node: string }
    | { kind: 'drain'; node: string }
    | { kind: 'node'; node: string }
    | { kind: 'workflow'; workflow: string }
    | { kind: 'job'; job: string }
    | { kind: 'failures'; job: string }
    | { kind: 'add-node' };
}

export interface Seen {
  nowMs: number;
  /** Undefined while they are not known, and for who may not see them. */
  nodes: readonly ComfyNode[] | undefined;
  readiness: Readiness | undefined;
  queued: readonly Job[];
  failures: readonly FailureCause[];
}

const longWaitMs = 10 * 60_000;
/** Nodes of one trouble beyond which they are one line. */
const namedNodesMax = 5;

export function mattersOf(seen: Seen): Matter[] {
  const all = [...fleet(seen), ...workflows(seen), ...failures(seen), ...waits(seen)];
  return all.toSorted(worstFirst);
}

const rank = { bad: 0, warn: 1, info: 2 };
const worstFirst = (one: Matter, other: Matter): number => rank[one.level] - rank[other.level];

function fleet({ nodes }: Seen): Matter[] {
  if (nodes === undefined) return [];
  if (nodes.length === 0)
    return [
      {
        key: 'no-node',
        level: 'bad',
        what: 'There is no node.',
        cause: 'Nothing can run until one is added.',
        help: { kind: 'add-node' },
      },
    ];
  const troubled = nodes.flatMap((node) => troubleOf(node) ?? []).toSorted(worstFirst);
  if (troubled.length <= namedNodesMax) return troubled;
  const others = troubled.slice(namedNodesMax);
  return [
    ...troubled.slice(0, namedNodesMax),
    {
      key: 'more-nodes',
      level: others[0]?.level ?? 'info',
      what: `${count(others.length, 'more node')} with something to see.`,
      cause: null,
      help: { kind: 'node', node: '' },
    },
  ];
}

function troubleOf(node: ComfyNode): Matter | undefined {
  const { id, state, admin, reason, breaker } = node;
  if (admin === 'disabled')
    return {
      key: `off ${id}`,
      level: 'info',
      what: `${id} is switched off.`,
      cause: reason,
      help: { kind: 'undrain', node: id },
    };
  if (admin === 'drained')
    return {
      key: `drained ${id}`,
      level: 'info',
      what: `${id} is empty and takes nothing new.`,
      cause: 'It can be worked on now.',
      help: { kind: 'undrain', node: id },
    };
  if (admin === 'draining')
    return {
      key: `draining ${id}`,
      level: 'info',
      what: `${id} finishes what it runs and takes nothing new.`,
      cause: null,
      help: { kind: 'undrain', node: id },
    };
  if (state === 'down' || state === 'suspect')
    return {
      key: `away ${id}`,
      level: state === 'down' ? 'bad' : 'warn',
      what: state === 'down' ? `${id} does not answer.` : `${id} answers badly.`,
      cause: reason,
      help: { kind: 'node', node: id },
    };
  if (state === 'incompatible')
    return {
      key: `incompatible ${id}`,
      level: 'bad',
      what: `${id} cannot be used.`,
      cause: reason,
      help: { kind: 'node', node: id },
    };
  if (breaker !== 'closed')
    return {
      key: `breaker ${id}`,
      level: 'warn',
      what: `${id} failed too often and gets ${breaker === 'open' ? 'no work for a while' : 'one job as a trial'}.`,
      cause: reason,
      help: { kind: 'drain', node: id },
    };
  return undefined;
}

function workflows({ readiness, nodes }: Seen): Matter[] {
  if (nodes?.length === 0) return [];
  return (readiness?.workflows ?? [])
    .filter(({ ready }) => !ready)
    .map(({ name }) => {
      const nearest = (readiness?.groups ?? [])
        .flatMap(({ nodes: [node], workflows: judged }) => {
          const missing = judged.find((one) => one.name === name)?.missing;
          return node && missing ? [{ id: node.id, names: namesOf(missing) }] : [];
        })
        .toSorted((one, other) => one.names.length - other.names.length)[0];
      return {
        key: `workflow ${name}`,
        level: 'bad' as const,
        what: `No node that takes work can run ${name}.`,
        cause: nearest
          ? `${nearest.id} is nearest and lacks ${someOf(nearest.names, 3)}.`
          : 'Nodes that have what it needs take no work now.',
        help: { kind: 'workflow' as const, workflow: name },
      };
    });
}

export const namesOf = (missing: Missing): string[] => [
  ...missing.classes,
  ...[...missing.models, ...missing.loras, ...missing.choices].map(({ value }) => String(value)),
  ...missing.inputs.map((input) => `${input.class}.${input.input}`),
];

function failures({ failures: causes }: Seen): Matter[] {
  const [first] = causes.toSorted((one, other) => other.jobs - one.jobs);
  if (!first) return [];
  const where = [first.workflow, first.node_id].filter((name) => name !== null).join(' on ');
  return [
    {
      key: 'failed',
      level: 'warn',
      what: `${count(
        causes.reduce((sum, { jobs }) => sum + jobs, 0),
        'job',
      )} failed in the last hour.`,
      cause: `Most often (${first.jobs}${where === '' ? '' : `, ${where}`}): ${(first.last_message ?? first.code).slice(0, 200)}`,
      help: { kind: 'failures', job: first.last_job_id },
    },
  ];
}

function waits({ queued, nowMs }: Seen): Matter[] {
  const oldest = queued.toSorted((one, other) => one.created_at.localeCompare(other.created_at))[0];
  const waitedMs = oldest ? nowMs - Date.parse(oldest.created_at) : 0;
  if (!oldest || waitedMs < longWaitMs) return [];
  return [
    {
      key: 'wait',
      level: 'info',
      what: `A job waits for ${span(waitedMs)}.`,
      cause: oldest.waiting_for,
      help: { kind: 'job', job: oldest.id },
    },
  ];
}
