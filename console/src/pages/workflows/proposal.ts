import type { Graph } from '../../api/shapes';

export interface ManifestInput {
  type: string;
  title?: string;
  [more: string]: unknown;
}

export interface Manifest {
  title?: string;
  inputs: Record<string, ManifestInput>;
  [more: string]: unknown;
}

/** What `POST /v1/workflows:propose` answers. */
export interface Proposal {
  manifest: Manifest;
  guessed: { input: string; why: string }[];
  graph: Graph;
  problems: { code: string; message: string; graph_node: string }[];
}

/** The manifest with the inputs that were chosen, under the names that were given. */
export const withInputs = (
  manifest: Manifest,
  chosen: ReadonlySet<string>,
  names: { name: string; title: string },
): Manifest => ({
  ...manifest,
  ...names,
  inputs: Object.fromEntries(Object.entries(manifest.inputs).filter(([input]) => chosen.has(input))),
});
