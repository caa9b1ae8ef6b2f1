/** Switching scaling on or off must not take pods away: the chart asks the cluster how many there are. */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { chartDir, type Example, helm, type Manifest, named, tools } from './chart.js';

/** The kinds of the chart, by what the API calls their version. */
const kinds: Record<string, string[]> = {
  v1: ['ConfigMap', 'Service', 'ServiceAccount', 'Secret', 'PersistentVolumeClaim', 'Pod'],
  'apps/v1': ['Deployment', 'StatefulSet'],
  'autoscaling/v2': ['HorizontalPodAutoscaler'],
  'batch/v1': ['Job'],
  'gateway.networking.k8s.io/v1': ['HTTPRoute'],
  'keda.sh/v1alpha1': ['ScaledObject'],
  'monitoring.coreos.com/v1': ['PrometheusRule', 'ServiceMonitor'],
  'networking.k8s.io/v1': ['Ingress', 'NetworkPolicy'],
  'policy/v1': ['PodDisruptionBudget'],
  'rbac.authorization.k8s.io/v1': ['Role', 'RoleBinding'],
};
const groups = Object.keys(kinds).filter((version) => version !== 'v1');

function discovery(): Record<string, object> {
  const resources = Object.entries(kinds).map(([groupVersion, list]) => [
    groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`,
    {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion,
      resources: list.map((kind) => ({
        name: `${kind.toLowerCase().replace(/y$/, 'ie')}s`,
        kind,
        namespaced: true,
        singularName: '',
        verbs: ['get'],
      })),
    },
  ]);
  const versionsOf = (groupVersion: string) => {
    const [name, version] = groupVersion.split('/');
    return { name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } };
  };
  return {
    ...Object.fromEntries(resources),
    '/version': { major: '1', minor: '36', gitVersion: 'v1.36.0' },
    '/api': { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] },
    '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(versionsOf) },
  };
}

/** A cluster in which these objects are, by their path; of everything else it knows nothing. */
async function startCluster(objects: Record<string, object>): Promise<{ server: Server; url: string }> {
  const known = { ...discovery(), ...objects };
  const server = createServer((request, response) => {
    const found = known[new URL(request.url ?? '/', 'http://api').pathname];
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(
        found ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 },
      ),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` };
}

/** As Helm marks what a release has. */
const ours = {
  labels: { 'app.kubernetes.io/managed-by': 'Helm' },
  annotations: { 'meta.helm.sh/release-name': 'mux', 'meta.helm.sh/release-namespace': 'ai' },
};
const path = (group: string, kind: string, name: string) => `/apis/${group}/namespaces/ai/${kind}/${name}`;
const scaled = (apiVersion: string, kind: string, replicas: number) => ({
  apiVersion,
  kind,
  metadata: ours,
  spec: { replicas },
});
const running = {
  [path('apps/v1', 'deployments', 'mux-comfymux')]: scaled('apps/v1', 'Deployment', 3),
  [path('apps/v1', 'statefulsets', 'mux-comfymux-gpu')]: scaled('apps/v1', 'StatefulSet', 8),
};
const scalers = {
  [path('autoscaling/v2', 'horizontalpodautoscalers', 'mux-comfymux')]: {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: ours,
  },
  [path('keda.sh/v1alpha1', 'scaledobjects', 'mux-comfymux-gpu')]: {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: ours,
  },
};
const off = [
  'autoscaling.enabled=false',
  'workers.autoscaling.enabled=false',
  'replicas=2',
  'workers.replicas=1',
];

describe.skipIf(!tools)('an upgrade', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function upgrade(
    objects: Record<string, object>,
    example: Example,
    ...set: string[]
  ): Promise<Manifest[]> {
    const { server, url } = await startCluster(objects);
    servers.push(server);
    const values = [
      '--values',
      `${chartDir}/examples/${example}.yaml`,
      ...set.flatMap((one) => ['--set', one]),
    ];
    const where = [
      '--namespace',
      'ai',
      '--dry-run=server',
      '--kube-apiserver',
      url,
      '--disable-openapi-validation',
    ];
    const text = await helm('template', 'mux', chartDir, ...where, ...values);
    return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
  }

  async function replicas(objects: Record<string, object>, ...set: string[]): Promise<unknown[]> {
    const manifests = (await upgrade(objects, 'gpu-pool', ...set)).filter((manifest) => manifest !== null);
    return [
      named(manifests, 'Deployment', 'mux-comfymux').spec?.['replicas'],
      named(manifests, 'StatefulSet', 'mux-comfymux-gpu').spec?.['replicas'],
    ];
  }

  it('that switches scaling on keeps the pods that there are', async () => {
    expect(await replicas(running)).toEqual([3, 8]);
  });

  it('of what is scaled keeps what the scaler made of it', async () => {
    expect(await replicas({ ...running, ...scalers })).toEqual([3, 8]);
  });

  it('that switches scaling off keeps the pods this once', async () => {
    expect(await replicas({ ...running, ...scalers }, ...off)).toEqual([3, 8]);
    expect(await replicas(running, ...off)).toEqual([2, 1]);
  });

  it('leaves the number to the scaler where there is nothing yet', async () => {
    expect(await replicas({})).toEqual([undefined, undefined]);
  });

  it('follows the longest run of the workflows in the cluster', async () => {
    const manifest = { scheduling: { maxRunMs: 10_000_000 } };
    const workflows = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: ours,
      data: { 'a.manifest.json': JSON.stringify(manifest) },
    };
    const manifests = await upgrade(
      { '/api/v1/namespaces/ai/configmaps/mine': workflows },
      'gpu-pool',
      'workflowsConfigMap=mine',
    );
    const pool = named(
      manifests.filter((one) => one !== null),
      'StatefulSet',
      'mux-comfymux-gpu',
    );
    expect(pool.spec?.['template']).toMatchObject({ spec: { terminationGracePeriodSeconds: 10_300 } });
  });
});
