/** Renders the chart and reads what came out. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { parseAllDocuments } from 'yaml';

const run = promisify(execFile);
export const chartDir = fileURLToPath(new URL('../../deploy/helm/comfymux', import.meta.url));
export const tools = inject('helmTools');
export const examples = ['single-box', 'fixed-boxes', 'gpu-pool', 'gpu-pools'] as const;
export type Example = (typeof examples)[number];

interface Probe {
  httpGet?: unknown;
}

export interface Container {
  name: string;
  image: string;
  securityContext?: {
    readOnlyRootFilesystem?: boolean;
    allowPrivilegeEscalation?: boolean;
    capabilities?: { drop?: string[] };
  };
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  startupProbe?: Probe;
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  env?: { name: string; value?: string }[];
}

export interface PodSpec {
  automountServiceAccountToken?: boolean;
  terminationGracePeriodSeconds?: number;
  hostNetwork?: boolean;
  securityContext?: { runAsNonRoot?: boolean; runAsUser?: number; seccompProfile?: { type: string } };
  containers: Container[];
  volumes?: { name: string; hostPath?: unknown }[];
}

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  data?: Record<string, string>;
  rules?: unknown[];
  spec?: Record<string, unknown>;
}

export async function helm(...args: string[]): Promise<string> {
  const { stdout } = await run(tools?.helm ?? 'helm', args, { maxBuffer: 50_000_000, timeout: 60_000 });
  return stdout;
}

/** Rejects with Helm's own words when the chart refuses. */
export async function render(example: Example, ...set: string[]): Promise<Manifest[]> {
  const text = await helm(
    'template',
    'mux',
    chartDir,
    '--namespace',
    'ai',
    '--values',
    `${chartDir}/examples/${example}.yaml`,
    ...set.flatMap((one) => ['--set', one]),
  );
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

export function podSpecOf({ kind, spec }: Manifest): PodSpec | undefined {
  if (kind === 'Pod') return spec as unknown as PodSpec;
  return (spec?.['template'] as { spec?: PodSpec } | undefined)?.spec;
}

export function named(manifests: Manifest[], kind: string, name: string): Manifest {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  return found;
}
