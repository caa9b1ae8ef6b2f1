import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Container,
  examples,
  type Manifest,
  named,
  podSpecOf,
  type PodSpec,
  render,
  tools,
} from './chart.js';

describe.skipIf(!tools).each(examples)('every pod of %s', (example) => {
  let manifests: Manifest[];
  let pods: { name: string; hook: boolean; spec: PodSpec }[];
  let containers: { name: string; hook: boolean; container: Container }[];

  beforeAll(async () => {
    manifests = await render(example);
    pods = manifests.flatMap((manifest) => {
      const spec = podSpecOf(manifest);
      const hook = manifest.metadata.annotations?.['helm.sh/hook'] !== undefined;
      return spec ? [{ name: `${manifest.kind} ${manifest.metadata.name}`, hook, spec }] : [];
    });
    containers = pods.flatMap(({ name, hook, spec }) =>
      spec.containers.map((container) => ({ name: `${name}/${container.name}`, hook, container })),
    );
  });

  it('is found', () => expect(containers.length).toBeGreaterThan(1));

  it('runs as a user other than root, under the seccomp profile of the runtime', () => {
    for (const { name, spec } of pods) {
      expect(spec.securityContext, name).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(spec.securityContext?.runAsUser, name).toBeGreaterThan(0);
    }
  });

  it('can gain no privilege and has no capability', () => {
    for (const { name, container } of containers)
      expect(container.securityContext, name).toMatchObject({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
  });

  it('has a root file system that cannot be written, but for ComfyUI', () => {
    for (const { name, container } of containers)
      expect(container.securityContext?.readOnlyRootFilesystem, name).toBe(container.name !== 'comfyui');
  });

  it('reaches neither the Kubernetes API nor its machine, but for the service where pods are its nodes', () => {
    const follows = named(manifests, 'ConfigMap', 'mux-comfymux').data?.['NODES_KUBERNETES'] !== undefined;
    for (const { name, spec } of pods) {
      const may = follows && name === 'Deployment mux-comfymux';
      expect(spec.automountServiceAccountToken, name).toBe(may);
      expect(spec.hostNetwork, name).toBeUndefined();
      expect(spec.volumes?.filter(({ hostPath }) => hostPath) ?? [], name).toEqual([]);
    }
  });

  it('has requests and limits', () => {
    for (const { name, container } of containers)
      for (const bound of [container.resources?.requests, container.resources?.limits])
        expect(bound, name).toMatchObject({ cpu: expect.anything(), memory: expect.anything() });
  });

  it('that stays has probes of start, life and readiness', () => {
    for (const { name, container } of containers.filter(({ hook }) => !hook))
      for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe])
        expect(probe, name).toBeDefined();
  });

  it('names the version of its image', () => {
    for (const { name, container } of containers)
      expect(container.image, name).toMatch(/(:(?!latest$)[\w.-]+|@sha256:\w{64})$/);
  });

  it('that stays is behind a NetworkPolicy, and a PodDisruptionBudget but for the trial database', () => {
    const components = (kind: string, path: (spec: Record<string, unknown>) => unknown) =>
      manifests
        .filter((one) => one.kind === kind)
        .map(({ spec }) => componentOf((path(spec ?? {}) as { matchLabels: Labels }).matchLabels));
    const staying = manifests
      .filter(({ kind }) => ['Deployment', 'StatefulSet'].includes(kind))
      .map(({ metadata }) => componentOf(metadata.labels));
    expect(new Set(components('NetworkPolicy', (spec) => spec['podSelector']))).toEqual(new Set(staying));
    const interruptible = staying.filter((one) => one !== 'postgresql');
    expect(new Set(components('PodDisruptionBudget', (spec) => spec['selector']))).toEqual(
      new Set(interruptible),
    );
  });

  it('has no role but the one to read pods and their endpoints in the namespace of the nodes', () => {
    const roles = manifests.filter(({ kind }) => kind.includes('Role'));
    expect(roles.map(({ kind }) => kind)).toEqual(
      example.startsWith('gpu-pool') ? ['Role', 'RoleBinding'] : [],
    );
    const read = ['get', 'list', 'watch'];
    for (const { rules } of roles.filter(({ kind }) => kind === 'Role'))
      expect(rules).toEqual([
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: read },
        { apiGroups: [''], resources: ['pods'], verbs: read },
      ]);
  });
});

type Labels = Record<string, string> | undefined;

function componentOf(labels: Labels): string | undefined {
  return labels?.['app.kubernetes.io/component'];
}
