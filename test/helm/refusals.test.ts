import { describe, expect, it } from 'vitest';
import { type Example, render, tools } from './chart.js';

const refused: [string, Example, string[], RegExp][] = [
  [
    'the embedded PostgreSQL',
    'single-box',
    ['postgresql.enabled=false'],
    /No database.*its data would go with the pod/,
  ],
  ['two databases', 'single-box', ['database.existingSecret=a'], /Several databases/],
  [
    'a trial database whose password would change',
    'single-box',
    ['postgresql.password='],
    /lock the service out of its data/,
  ],
  [
    'several replicas with files of their own',
    'single-box',
    ['replicas=2'],
    /Several replicas with files that they do not share/,
  ],
  [
    'growing to several replicas with files of their own',
    'single-box',
    ['autoscaling.enabled=true', 'secretKey.existingSecret=a'],
    /Several replicas with files that they do not share/,
  ],
  ['S3 without a bucket', 'fixed-boxes', ['storage.s3.bucket='], /storage.s3.bucket is empty/],
  [
    'another storage than the one that is configured',
    'fixed-boxes',
    ['env.STORAGE_URL=file:///tmp'],
    /env.STORAGE_URL is set by other values/,
  ],
  [
    'a credential that a ConfigMap would show',
    'fixed-boxes',
    ['nodes[0].url=http://user:secret@gpu1'],
    /nodesSecret/,
  ],
  ['a list of nodes beside a secret with the list', 'fixed-boxes', ['nodesSecret=a'], /whole list/],
  ['a pool without an image', 'gpu-pool', ['workers.image='], /workers.image is empty/],
  [
    'scaling by a Prometheus that is not named',
    'gpu-pool',
    ['workers.autoscaling.prometheusAddress='],
    /prometheusAddress/,
  ],
  [
    'a trial database beside an operator’s',
    'single-box',
    ['cloudnativepg.enabled=true'],
    /Several databases/,
  ],
  ['a route without a gateway', 'gpu-pool', ['httpRoute.parentRefs=null'], /name the gateway/],
  [
    'one host for both ports',
    'gpu-pool',
    ['httpRoute.nativeHostnames[0]=comfy.example.com'],
    /a name of its own/,
  ],
  ['a service without passwords on every host', 'fixed-boxes', ['ingress.host='], /ingress.host is empty/],
  [
    'replicas that would each make a key',
    'fixed-boxes',
    ['secretKey.existingSecret='],
    /secretKey.existingSecret is empty/,
  ],
  [
    'one host of the ingress for both ports',
    'fixed-boxes',
    ['ingress.nativeHost=comfy.example.com'],
    /the host comfy.example.com for both ports/,
  ],
  [
    'two nodes of one name',
    'fixed-boxes',
    ['nodes[1].name=rtx1', 'nodes[1].url=http://b:1'],
    /Two nodes are named rtx1/,
  ],
  ['a name that Kubernetes would refuse', 'single-box', ['nameOverride=UPPER_x'], /nameOverride/],
  [
    'an address without its mask',
    'single-box',
    ['networkPolicy.apiServerCidrs[0]=10.0.0.1'],
    /apiServerCidrs/,
  ],
  ['a region given twice', 'fixed-boxes', ['env.AWS_REGION=eu'], /env.AWS_REGION is set by storage.s3/],
  ['a misspelt variable', 'single-box', ['env.RETENTION_DAY=3'], /env.RETENTION_DAY is no variable of docs/],
  [
    'a secret in a ConfigMap',
    'single-box',
    ['env.SECRET_KEY=0123456789abcdef'],
    /env.SECRET_KEY is a secret.*secretKey.existingSecret/,
  ],
  [
    'the secret of the provider in a ConfigMap',
    'single-box',
    ['env.OIDC_CLIENT_SECRET=a secret'],
    /env.OIDC_CLIENT_SECRET is a secret.*use secretEnv/,
  ],
  [
    'people whom nobody is asked about',
    'single-box',
    ['access.oidc.clientId=mux'],
    /access.oidc.issuer is empty/,
  ],
  [
    'people who may do nothing',
    'single-box',
    ['access.oidc.issuer=https://login.example'],
    /access.oidc.grants is empty/,
  ],
  [
    'a provider given twice',
    'single-box',
    [
      'access.oidc.issuer=https://login.example',
      'access.oidc.grants[0]=*>default:read',
      'env.OIDC_ISSUER=https://other.example',
    ],
    /env.OIDC_ISSUER is set by access.oidc/,
  ],
  [
    'a secret of no client',
    'single-box',
    [
      'access.oidc.issuer=https://login.example',
      'access.oidc.grants[0]=*>default:read',
      'access.oidc.existingSecret=provider',
    ],
    /existingSecret needs access.oidc.clientId/,
  ],
  [
    'a token for the collector in a ConfigMap',
    'single-box',
    ['env.OTEL_EXPORTER_OTLP_HEADERS=a=b'],
    /use secretEnv/,
  ],
  [
    'a variable given twice',
    'single-box',
    ['extraEnv[0].name=LOG_LEVEL', 'extraEnv[0].value=debug'],
    /LOG_LEVEL is given twice/,
  ],
  [
    'two pools of one name',
    'gpu-pools',
    ['workers.pools[1].name=h100', 'workers.pools[0].name=h100'],
    /Two pools are named h100/,
  ],
  [
    'two scaled pools that would count as one',
    'gpu-pools',
    ['workers.labels.pool=all'],
    /the same label pool \(all\)/,
  ],
  [
    'less time to end than a run takes',
    'gpu-pool',
    ['workers.terminationGracePeriodSeconds=3900'],
    /3900 s to end, and the longest run of the workflows is 7200 s/,
  ],
  [
    'a longer run than pods get',
    'gpu-pool',
    ['env.ATTEMPT_RUN_LIMIT_MS=14400000', 'workers.terminationGracePeriodSeconds=7500'],
    /longest run of the workflows is 14400 s/,
  ],
  [
    'scaling by a metric that nobody scrapes',
    'gpu-pool',
    ['metrics.serviceMonitor.enabled=false'],
    /would not know how many nodes are wanted/,
  ],
  [
    'nothing to publish',
    'fixed-boxes',
    ['ingress.paths=null', 'ingress.enabled=true', 'httpRoute.paths={}'],
    /paths/,
  ],
  ['the tag latest', 'single-box', ['image.tag=latest'], /image\/tag/],
  ['an image of the pool without a version', 'gpu-pool', ['workers.image=comfyui'], /workers\/image/],
  ['a misspelt value', 'single-box', ['replica=3'], /additional properties 'replica' not allowed/],
  ['an unknown kind of storage', 'single-box', ['storage.type=nfs'], /storage\/type/],
  ['resources without limits', 'single-box', ['resources.limits=null'], /limits/],
];

describe.skipIf(!tools)('the chart refuses, in a sentence,', () => {
  it.each(refused)('%s', async (_what, example, set, sentence) => {
    await expect(render(example, ...set)).rejects.toThrow(sentence);
  });
});
