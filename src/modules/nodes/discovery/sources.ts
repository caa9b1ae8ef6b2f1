import { Resolver } from 'node:dns/promises';
import type { Config } from '../../../platform/config/index.js';
import { DnsSource } from './dns-source.js';
import { FileSource } from './file-source.js';
import { KubernetesSource } from './kubernetes/kubernetes-source.js';
import type { NodeSource, SourceDependencies } from './source.js';

/** Longer than the longest watch: one that brings neither a word nor its end is on a dead connection. */
const kubernetesIdleTimeoutMs = 100_000;

/** The sources that the configuration names. */
export function sourcesOf(config: Config, deps: SourceDependencies): NodeSource[] {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  const kubernetesApi = {
    url: config.KUBERNETES_API_URL ?? inClusterUrl(config),
    tokenFile: config.KUBERNETES_TOKEN_FILE,
    caFile: config.KUBERNETES_CA_FILE,
    idleTimeoutMs: kubernetesIdleTimeoutMs,
  };
  return [
    ...config.NODES_KUBERNETES.map((service) => new KubernetesSource(service, deps, kubernetesApi)),
    ...config.NODES_DNS.map((name) => new DnsSource(name, resolver, config.NODES_DNS_INTERVAL_MS, deps)),
    ...(config.NODES_FILE === undefined ? [] : [new FileSource(config.NODES_FILE, deps)]),
  ];
}

function inClusterUrl({ KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port }: Config): string {
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
