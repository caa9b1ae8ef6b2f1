/** What a source of nodes tells, complete, as it is now. */

/** A node as its source tells of it. */
export interface SightedNode {
  id: string;
  /** Without a trailing slash; may hold userinfo. */
  url: string;
  /** Absent when the source leaves them to the operator. */
  settings?: NodeSettingsOfSource;
  /** It ends soon: it finishes what runs and gets nothing new. */
  leaving: boolean;
  /** Which process answers there, where the source can tell: another value is another process. */
  incarnation: string | null;
}

export interface NodeSettingsOfSource {
  weight: number;
  labels: Readonly<Record<string, string>>;
}

export interface Sighting {
  /** No two of one id or one address. */
  nodes: readonly SightedNode[];
  /** Whether it is certain that the process does not exist any more, nor anything else under its address. */
  isGone: (incarnation: string) => boolean;
}

export const sightingOf = (nodes: readonly SightedNode[]): Sighting => ({ nodes, isGone: () => false });

/** Of several of one id or one address the first. */
export function distinct(nodes: readonly SightedNode[]): SightedNode[] {
  const ids = new Set<string>();
  const urls = new Set<string>();
  return nodes.filter(({ id, url }) => {
    if (ids.has(id) || urls.has(url)) return false;
    ids.add(id);
    urls.add(url);
    return true;
  });
}

/** Of a list of addresses; everything else of the nodes is the operator's. */
export const sightingOfAddresses = (addresses: readonly { name: string; url: string }[]): Sighting =>
  sightingOf(
    distinct(addresses.map(({ name, url }) => ({ id: name, url, leaving: false, incarnation: null }))),
  );
