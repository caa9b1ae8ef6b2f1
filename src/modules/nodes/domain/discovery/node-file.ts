/** The nodes that `NODES_FILE` lists. */
import { z } from 'zod';
import { nodeLabels, nodeName, nodeWeight } from '../node-settings.js';
import { distinct, type SightedNode } from './sighting.js';
import { withoutTrailing } from '../../../../platform/outside-text/index.js';

const nodesMax = 10_000;

const entry = z.strictObject({
  name: nodeName.optional(),
  url: z.url({ protocol: /^https?$/ }).refine((text) => !/[?#]/.test(text), 'has a query or fragment'),
  weight: nodeWeight.default(1),
  pool: z.string().min(1).max(255).optional(),
  labels: nodeLabels.default({}),
  username: z.string().max(255).optional(),
  password: z.string().max(1024).optional(),
});

const document = z.strictObject({ nodes: z.array(entry).max(nodesMax) });

/** `value` is the parsed file. Throws with every mistake, none of which repeats a credential. */
export function nodesInFile(value: unknown): SightedNode[] {
  const parsed = document.safeParse(value);
  if (!parsed.success)
    throw new Error(
      parsed.error.issues
        .slice(0, 10)
        .map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`)
        .join('; '),
    );
  const nodes = parsed.data.nodes.map(nodeOf);
  const kept = new Set(distinct(nodes).map(({ id }) => id));
  if (kept.size < nodes.length) throw new Error(`two nodes have one name or one url: ${repeated(nodes)}`);
  return nodes;
}

function nodeOf({
  name,
  url,
  weight,
  pool,
  labels,
  username,
  password,
}: z.output<typeof entry>): SightedNode {
  const address = new URL(url);
  if (username !== undefined) address.username = username;
  if (password !== undefined) address.password = password;
  const port = address.port || (address.protocol === 'https:' ? '443' : '80');
  return {
    id: name ?? `${address.hostname}:${port}`,
    url: withoutTrailing(address.href, '/'),
    settings: { weight, labels: pool === undefined ? labels : { ...labels, pool } },
    leaving: false,
    incarnation: null,
  };
}

function repeated(nodes: readonly SightedNode[]): string {
  const kept = new Set(distinct(nodes));
  return nodes
    .filter((node) => !kept.has(node))
    .map(({ id }) => id)
    .join(', ');
}
