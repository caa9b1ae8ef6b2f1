import type { Graph, ProposalAsTold } from '../../api/shapes';

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

/** Manifest and graph have formats of their own, which the service's documentation leaves open. */
export interface Proposal extends Omit<ProposalAsTold, 'manifest' | 'graph'> {
  manifest: Manifest;
  graph: Graph;
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
