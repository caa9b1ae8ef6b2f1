/** Equal work: the same version of a workflow with the same inputs, seeds and files, or the same graph. */
import { createHash } from 'node:crypto';
import type { InputPlace } from './input-files.js';

interface Work {
  templateHash: string | null;
  params: string | null;
  graph: string | null;
  assets: readonly (InputPlace & { sha256: string })[];
  extraData: string | null;
}

/** SHA-256 in hex. A seed that was drawn for a job makes it unlike any other. */
export function workHash({ templateHash, params, graph, assets, extraData }: Work): string {
  const files = assets.map(({ node, field, path = [], sha256 }) =>
    JSON.stringify([node, field, path, sha256]),
  );
  const whole = [templateHash, params, graph, files.toSorted(), extraData];
  return createHash('sha256').update(JSON.stringify(whole)).digest('hex');
}
