/** The registry of nodes as clients of a replica see it. */
import { eventually } from '../../support/poll.js';
import { call } from '../../support/v1.js';

export interface RegisteredNode {
  id: string;
  url: string;
  source: string;
  admin: string;
  state: string;
  leaving: boolean;
  accepts_work: boolean;
  weight: number;
  labels: Record<string, string>;
}

export async function nodesOf(url: string): Promise<RegisteredNode[]> {
  return (await call<{ nodes: RegisteredNode[] }>(`${url}/v1/nodes`)).body.nodes;
}

/** Resolves to the node (undefined when it is not registered) once `holds` does. */
export async function nodeWhen(
  url: string,
  id: string,
  holds: (node: RegisteredNode | undefined) => boolean,
  timeoutMs = 30_000,
): Promise<RegisteredNode | undefined> {
  let last: RegisteredNode | undefined;
  return eventually(
    async () => {
      last = (await nodesOf(url)).find((node) => node.id === id);
      return holds(last) && { last };
    },
    { timeoutMs, intervalMs: 50, what: `node ${id}` },
  ).then(
    (found) => found.last,
    (cause: unknown) => {
      throw new Error(`the node ${id} stayed ${JSON.stringify(last)}`, { cause });
    },
  );
}

export const takesWork = (node: RegisteredNode | undefined): boolean => node?.accepts_work === true;
export const isForgotten = (node: RegisteredNode | undefined): boolean => node === undefined;
