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
    ['autoscaling.enabled=true'],
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
