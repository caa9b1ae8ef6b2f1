/**
 * What a source's word changes in the registry. Guarantees: only nodes of this source change; a name or an address
 * belongs to whoever registered it first; a node that its source no longer names finishes what runs there before it is
 * forgotten, unless its process is certainly gone; and nothing takes over a name or an address while work of its
 * predecessor is open, so that no run is looked for in the wrong place. Applied twice it changes nothing the second time.
 */
import type { SightedNode, Sighting } from './sighting.js';

/** Longer than it takes every replica to see that a node leaves: what was placed on it just before is then open. */
export const forgetAfterLeavingMs = 15_000;

export interface RegisteredNode {
  id: string;
  url: string;
  source: string;
  weight: number;
  labels: Readonly<Record<string, string>>;
  leavingForMs: number | null;
  incarnation: string | null;
}

export interface Registry {
  nodes: readonly RegisteredNode[];
  /** Names of nodes with open attempts, registered or not. */
  busy: ReadonlySet<string>;
}

export interface RegistryChanges {
  forget: string[];
  leave: string[];
  put: SightedNode[];
  /** Their name or address is another source's, or nothing that can be asked. */
  refused: string[];
  /** They wait for their predecessor to go, or to be forgotten themselves. */
  pending: string[];
}

export function registryChanges(
  source: string,
  { nodes, busy }: Registry,
  sighting: Sighting,
): RegistryChanges {
  const taken = new Set(nodes.flatMap(({ id, url, ...node }) => (node.source === source ? [] : [id, url])));
  const isTaken = ({ id, url }: SightedNode): boolean => taken.has(id) || taken.has(url);
  const mine = sighting.nodes.filter((node) => !isTaken(node));
  const sighted = new Set(mine.map(({ id }) => id));
  const own = nodes.filter((node) => node.source === source);
  const forget = own.filter((node) => mayForget(node, sighting, sighted, busy)).map(({ id }) => id);
  const gone = new Set(forget);
  const kept = new Map(own.flatMap((node) => (gone.has(node.id) ? [] : [[node.id, node] as const])));
  const absent = [...kept.values()].filter(({ id }) => !sighted.has(id));
  const blocked = blockedBy(kept, mine, busy);
  return {
    forget,
    leave: absent.flatMap(({ id, leavingForMs }) => (leavingForMs === null ? [id] : [])),
    put: mine.filter((node) => !blocked.has(node.id) && differs(kept.get(node.id), node)),
    refused: sighting.nodes.filter(isTaken).map(({ id }) => id),
    pending: [...blocked, ...absent.map(({ id }) => id)],
  };
}

function mayForget(
  node: RegisteredNode,
  sighting: Sighting,
  sighted: ReadonlySet<string>,
  busy: ReadonlySet<string>,
): boolean {
  if (node.incarnation !== null && sighting.isGone(node.incarnation)) return true;
  const hasLeft = node.leavingForMs !== null && node.leavingForMs >= forgetAfterLeavingMs;
  return hasLeft && !sighted.has(node.id) && !busy.has(node.id);
}

/** Nodes that cannot be registered yet; one that waits for its new address keeps the old one from the next. */
function blockedBy(
  kept: ReadonlyMap<string, RegisteredNode>,
  sighted: readonly SightedNode[],
  busy: ReadonlySet<string>,
): Set<string> {
  const holders = new Map([...kept.values()].map((node) => [node.url, node.id]));
  const targets = new Map(sighted.map((node) => [node.id, node.url]));
  const blocked = new Set<string>();
  const stays = (holder: string, url: string): boolean =>
    blocked.has(holder) || !targets.has(holder) || targets.get(holder) === url;
  const isBlocked = ({ id, url }: SightedNode): boolean => {
    const holder = holders.get(url);
    const isHeld = holder !== undefined && holder !== id && stays(holder, url);
    return isHeld || (!kept.has(id) && busy.has(id));
  };
  for (let size = -1; size !== blocked.size;) {
    size = blocked.size;
    for (const node of sighted) if (isBlocked(node)) blocked.add(node.id);
  }
  return blocked;
}

function differs(known: RegisteredNode | undefined, node: SightedNode): boolean {
  return (
    known?.url !== node.url ||
    known.incarnation !== node.incarnation ||
    (known.leavingForMs !== null) !== node.leaving ||
    settingsDiffer(known, node)
  );
}

function settingsDiffer(known: RegisteredNode, { settings }: SightedNode): boolean {
  if (settings === undefined) return false;
  const keys = Object.keys(known.labels);
  return (
    known.weight !== settings.weight ||
    keys.length !== Object.keys(settings.labels).length ||
    keys.some((key) => known.labels[key] !== settings.labels[key])
  );
}
