/** Equal work: the same version of a workflow with the same inputs, seeds and files, or the same graph. */
import type { InputPlace } from './input-files.js';

interface Work {
  templateHash: string | null;
  params: string | null;
  graph: string | null;
  assets: readonly (InputPlace & { sha256: string })[];
  extraData: string | null;
}

/** Texts of equal work are equal. A seed that was drawn for a job makes it unlike any other. */
export function workText({ templateHash, params, graph, assets, extraData }: Work): string {
  const files = assets.map(({ node, field, path = [], sha256 }) =>
    JSON.stringify([node, field, path, sha256]),
  );
  return JSON.stringify([templateHash, params, graph, files.toSorted(), extraData]);
}
