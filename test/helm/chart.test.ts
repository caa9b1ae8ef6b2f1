import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { chartDir, type Example, examples, helm, named, podSpecOf, render, tools } from './chart.js';
import { KubernetesSchemas } from './schemas.js';
import { switches } from './switches.js';

/** The oldest minor version that Chart.yaml takes, and the newest that there is. */
const minors = ['1.30', '1.37'];

const renderings = examples.flatMap((example) => switches.map((set): [Example, string[]] => [example, set]));

describe.skipIf(!tools)('the chart', () => {
  it.each(examples)('%s passes helm lint --strict', async (example) => {
    expect(
      await helm('lint', '--strict', chartDir, '--values', `${chartDir}/examples/${example}.yaml`),
    ).toContain('0 chart(s) failed');
  });

  it('is packaged whole, with alerts and dashboards and without the examples', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chart-'));
    try {
      await helm('package', chartDir, '--destination', folder);
      const archive = join(folder, 'comfymux-0.1.0.tgz');
      const { stdout: names } = await promisify(execFile)('tar', ['-tzf', archive]);
      expect(names).toContain('comfymux/files/alerts.yaml');
      expect(names).toContain('comfymux/files/dashboards/comfymux-overview.json');
      expect(names).not.toContain('examples');
      expect(await helm('template', archive, '--values', `${chartDir}/examples/fixed-boxes.yaml`)).toContain(
        'kind: PrometheusRule',
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each(renderings)('%s with %j is valid in the oldest and the newest Kubernetes', async (example, set) => {
    const manifests = await render(example, ...set);
    expect(manifests.length).toBeGreaterThan(5);
    for (const minor of minors)
      expect(manifests.flatMap((manifest) => schemasOf(minor).faults(manifest))).toEqual([]);
  });

  it('would be told of a key that Kubernetes does not know', () => {
    const manifest = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'a' },
      automountToken: false,
    };
    expect(schemasOf('1.30').faults(manifest)).toEqual([expect.stringContaining('automountToken')]);
  });

  it('names no object twice', async () => {
    const names = (await render('gpu-pool')).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe.skipIf(!tools)('what the chart sets', () => {
  const config = async (example: Example, ...set: string[]) =>
    named(await render(example, ...set), 'ConfigMap', 'mux-comfymux').data ?? {};

  it('follows the pods of its pool, and of other Services with a role in their namespaces', async () => {
    expect(await config('gpu-pool')).toMatchObject({
      NODES: '',
      NODES_KUBERNETES: 'ai/mux-comfymux-gpu:http',
    });
    const others = [
      'discovery.kubernetes[0].namespace=gpus',
      'discovery.kubernetes[0].service=comfyui',
      'discovery.kubernetes[0].port=8188',
      'discovery.kubernetes[1].service=more',
      'discovery.kubernetes[1].port=http',
    ];
    expect((await config('gpu-pool', ...others))['NODES_KUBERNETES']).toBe(
      'ai/mux-comfymux-gpu:http,gpus/comfyui:8188,ai/more:http',
    );
    const manifests = await render('fixed-boxes', ...others);
    const bindings = manifests.filter(({ kind }) => kind === 'RoleBinding');
    expect(
      bindings.map(({ metadata }) => metadata.namespace).toSorted((one, other) => (one! < other! ? -1 : 1)),
    ).toEqual(['ai', 'gpus']);
    expect((await config('fixed-boxes'))['NODES_KUBERNETES']).toBeUndefined();
  });

  it('gives names and a file to the service, and the labels of the pool to its pods', async () => {
    const set = ['discovery.dns[0]=comfy.example:8188', 'discovery.fileConfigMap=mine'];
    expect(await config('fixed-boxes', ...set)).toMatchObject({
      NODES_DNS: 'comfy.example:8188',
      NODES_FILE: '/etc/comfymux/nodes/nodes.yaml',
    });
    const pool = named(
      await render('gpu-pool', 'workers.labels.pool=video'),
      'StatefulSet',
      'mux-comfymux-gpu',
    );
    expect(pool.spec?.['template']).toMatchObject({
      metadata: { annotations: { 'comfymux.io/pool': 'video' } },
    });
  });

  it('gives a pod that ends time for its doors to close, and one with a GPU time for its run', async () => {
    const manifests = await render('gpu-pool', 'shutdown.timeoutSeconds=60');
    expect(podSpecOf(named(manifests, 'Deployment', 'mux-comfymux'))?.terminationGracePeriodSeconds).toBe(80);
    expect((await config('gpu-pool', 'shutdown.timeoutSeconds=60'))['SHUTDOWN_TIMEOUT_MS']).toBe('60000');
    expect(
      podSpecOf(named(manifests, 'StatefulSet', 'mux-comfymux-gpu'))?.terminationGracePeriodSeconds,
    ).toBe(7500);
  });

  it('waits for the longest run where another pod goes on meanwhile, and for seconds where none can', async () => {
    const graceSeconds = async (example: Example) =>
      podSpecOf(named(await render(example), 'Deployment', 'mux-comfymux'))?.terminationGracePeriodSeconds;
    expect(await graceSeconds('fixed-boxes')).toBe(7220);
    expect(await graceSeconds('single-box')).toBe(35);
    expect((await config('single-box'))['SHUTDOWN_TIMEOUT_MS']).toBe('15000');
  });

  it('gives each pool its Service, pods, policy and scaler, and the rest of the values to all', async () => {
    const manifests = await render('gpu-pools');
    const pool = (kind: string, name: string) => named(manifests, kind, `mux-comfymux-gpu-${name}`);
    expect(podSpecOf(pool('StatefulSet', 'h100'))).toMatchObject({
      nodeSelector: { gpu: 'h100' },
      priorityClassName: 'expensive',
      tolerations: [{ key: 'nvidia.com/gpu' }],
      containers: [{ image: 'registry.example.com/comfyui:0.33.0' }],
    });
    expect(podSpecOf(pool('StatefulSet', 'rtx4090'))).toMatchObject({
      containers: [{ resources: { limits: { cpu: '8', memory: '24Gi', 'nvidia.com/gpu': 1 } } }],
    });
    expect(pool('StatefulSet', 'rtx4090').spec?.['template']).toMatchObject({
      metadata: { annotations: { 'comfymux.io/pool': 'rtx4090' } },
    });
    expect(pool('PodDisruptionBudget', 'h100').spec).toMatchObject({ maxUnavailable: '25%' });
    expect(pool('ScaledObject', 'rtx4090').spec).toMatchObject({
      minReplicaCount: 0,
      maxReplicaCount: 30,
      fallback: { behavior: 'currentReplicasIfHigher' },
      triggers: [
        {
          metricType: 'AverageValue',
          metadata: {
            query: 'max(comfymux_pool_nodes_wanted{namespace="ai",service="mux-comfymux",pool="rtx4090"})',
            threshold: '1',
            ignoreNullValues: 'false',
          },
        },
      ],
    });
    expect(await config('gpu-pools')).toMatchObject({ SCALING_POOLS: 'h100:16,rtx4090:30' });
    const policy = JSON.stringify(named(manifests, 'NetworkPolicy', 'mux-comfymux').spec);
    expect(policy).toContain('"operator":"NotIn","values":["gpu-h100","gpu-rtx4090"]');
  });

  it('asks in its rules and dashboards for this release alone, under whatever name', async () => {
    const manifests = await render(
      'fixed-boxes',
      'nameOverride=mux',
      'metrics.prometheusRule.runbookUrl=https://a.example/ops',
    );
    const rules = named(manifests, 'PrometheusRule', 'mux').spec as unknown as {
      groups: {
        rules: { alert: string; expr: string; labels: object; annotations: { runbook_url: string } }[];
      }[];
    };
    for (const { alert, expr, labels, annotations } of rules.groups.flatMap((group) => group.rules)) {
      const names = expr.match(/\b(comfymux_\w+|up)\b/g) ?? [];
      const filtered = expr.match(/\b(comfymux_\w+|up)\{namespace="ai",service="mux"/g) ?? [];
      expect(filtered.length, alert).toBe(names.length);
      expect(labels).toMatchObject({ namespace: 'ai', service: 'mux' });
      expect(annotations.runbook_url).toBe(`https://a.example/ops#${alert.toLowerCase()}`);
    }
    const dashboard = named(manifests, 'ConfigMap', 'mux-dashboard-comfymux-overview');
    expect(JSON.parse(dashboard.data?.['comfymux-overview.json'] ?? '{}')).toMatchObject({
      uid: 'ai-mux-overview',
    });
    for (const name of ['overview', 'nodes', 'jobs', 'internals']) {
      const file =
        named(manifests, 'ConfigMap', `mux-dashboard-comfymux-${name}`).data?.[`comfymux-${name}.json`] ?? '';
      const asked = JSON.stringify(JSON.parse(file)).match(/\b(comfymux_\w+|ALERTS)\b/g) ?? [];
      const own = file.match(/\b(comfymux_\w+|ALERTS)\{namespace=\\"ai\\",service=\\"mux\\"/g) ?? [];
      expect(own.length, name).toBe(asked.length);
    }
  });

  it('publishes only what is meant for everybody, unless told', async () => {
    const paths = async (...set: string[]) => {
      const rules = named(await render('fixed-boxes', ...set), 'Ingress', 'mux-comfymux').spec?.['rules'] as {
        http: { paths: { path: string }[] };
      }[];
      return rules[0]?.http.paths.map(({ path }) => path);
    };
    expect(await paths()).toEqual(['/api', '/cfui', '/health']);
    expect(await paths('ingress.paths={/}')).toEqual(['/']);
  });

  it('never runs two pods on one ReadWriteOnce volume, and else replaces them one after another', async () => {
    const strategy = async (example: Example) =>
      named(await render(example), 'Deployment', 'mux-comfymux').spec?.['strategy'];
    expect(await strategy('single-box')).toEqual({ type: 'Recreate' });
    expect(await strategy('fixed-boxes')).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
    });
  });

  it('keeps the volume of the results when the release is uninstalled', async () => {
    const claim = named(await render('single-box'), 'PersistentVolumeClaim', 'mux-comfymux-storage');
    expect(claim.metadata.annotations).toMatchObject({ 'helm.sh/resource-policy': 'keep' });
  });

  it('names the bucket as AWS wants it, and in the path for other servers', async () => {
    expect(await config('fixed-boxes', 'storage.s3.prefix=/a/')).toMatchObject({
      STORAGE_URL: 's3://comfymux/a?path-style=true',
      AWS_ENDPOINT_URL_S3: 'https://s3.example.internal',
    });
    expect(await config('gpu-pool')).toMatchObject({
      STORAGE_URL: 's3://comfymux',
      AWS_REGION: 'eu-central-1',
    });
  });

  it('reads the URL of its own CloudNativePG cluster from the secret that the operator makes', async () => {
    const set = ['database.existingSecret=', 'cloudnativepg.enabled=true'];
    const manifests = await render('fixed-boxes', ...set);
    const cluster = named(manifests, 'Cluster', 'mux-comfymux-db');
    expect(cluster.spec).toMatchObject({ instances: 3, bootstrap: { initdb: { database: 'comfymux' } } });
    expect(podSpecOf(named(manifests, 'Deployment', 'mux-comfymux'))?.containers[0]?.env?.[0]).toMatchObject({
      name: 'DATABASE_URL',
      valueFrom: { secretKeyRef: { name: 'mux-comfymux-db-app', key: 'uri' } },
    });
    // The first key of the service is its own; the database needs none beside the operator's.
    const secrets = manifests.filter(({ kind }) => kind === 'Secret' || kind === 'Job');
    expect(secrets.map(({ metadata }) => metadata.name)).toEqual(['mux-comfymux-access']);
  });

  it('gives each port its Service, and its route where it has a host name', async () => {
    const manifests = await render('gpu-pool', 'httpRoute.nativeHostnames[0]=native.example.com');
    const ports = manifests.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name);
    expect(ports).toEqual(expect.arrayContaining(['mux-comfymux', 'mux-comfymux-native']));
    expect(named(manifests, 'HTTPRoute', 'mux-comfymux').spec).toMatchObject({
      hostnames: ['comfy.example.com'],
      rules: [
        {
          matches: ['/api', '/cfui', '/health'].map((value) => ({ path: { type: 'PathPrefix', value } })),
          backendRefs: [{ name: 'mux-comfymux', port: 5014 }],
          timeouts: { request: '7200s' },
        },
      ],
    });
    expect(named(manifests, 'HTTPRoute', 'mux-comfymux-native').spec).toMatchObject({
      hostnames: ['native.example.com'],
      rules: [{ backendRefs: [{ name: 'mux-comfymux-native', port: 8188 }], timeouts: { request: '0s' } }],
    });
  });

  it('has people log in by way of a provider, with the secret out of a Secret', async () => {
    const manifests = await render(
      'single-box',
      'access.oidc.issuer=https://login.example',
      'access.oidc.grants[0]=groups=platform>default:admin',
      'access.oidc.grants[1]=*>default:read',
      'access.oidc.clientId=mux',
      'access.oidc.existingSecret=provider',
    );
    expect(named(manifests, 'ConfigMap', 'mux-comfymux')).toMatchObject({
      data: {
        OIDC_ISSUER: 'https://login.example',
        OIDC_GRANTS: 'groups=platform>default:admin,*>default:read',
        OIDC_CLIENT_ID: 'mux',
      },
    });
    expect(JSON.stringify(podSpecOf(named(manifests, 'Deployment', 'mux-comfymux')))).toContain(
      '{"name":"OIDC_CLIENT_SECRET","valueFrom":{"secretKeyRef":{"name":"provider","key":"OIDC_CLIENT_SECRET"}}}',
    );
    expect(JSON.stringify(await render('single-box'))).not.toContain('OIDC_');
  });

  it('shows no credential in a ConfigMap', async () => {
    const text = JSON.stringify((await render('single-box')).filter(({ kind }) => kind === 'ConfigMap'));
    expect(text).not.toContain('changeMeOnce');
  });
});

const loaded = new Map<string, KubernetesSchemas>();

function schemasOf(minor: string): KubernetesSchemas {
  const schemas = loaded.get(minor) ?? new KubernetesSchemas(minor);
  loaded.set(minor, schemas);
  return schemas;
}
