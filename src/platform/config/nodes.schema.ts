/** Where the nodes come from: named here, found by DNS, in a file, or in Kubernetes. */
import { z } from 'zod';
import { durationMs, listOf, url } from './kinds.js';
import {
  type KubernetesService,
  type NodeAddress,
  type NodesName,
  parseKubernetesService,
  parseNodeAddress,
  parseNodesName,
} from './urls.js';

export const nodesSettings = {
  NODES: listOf(parseNodeAddress, ({ name }: NodeAddress) => name)
    .default([])
    .describe(
      'ComfyUI servers, comma separated, each `url` or `name=url`; userinfo in the URL is sent as basic auth.',
    ),
  NODES_KUBERNETES: listOf(
    parseKubernetesService,
    (one: KubernetesService) => `${one.namespace}/${one.service}:${one.port}`,
  )
    .default([])
    .describe(
      'Services whose pods are ComfyUI servers, comma separated, each `namespace/service:port` with the name or number of the port; pods come and go.',
    ),
  NODES_DNS: listOf(parseNodesName, (one: NodesName) => `${one.host}:${one.port ?? ''}`)
    .default([])
    .describe(
      'Names behind which ComfyUI servers come and go, comma separated: `host:port` for its addresses, `_service._tcp.host` for SRV records; `http://` or `https://`, and userinfo, may stand before it.',
    ),
  NODES_DNS_INTERVAL_MS: durationMs
    .default(15_000)
    .describe('Time between two look-ups of a name in `NODES_DNS`.'),
  NODES_FILE: z
    .string()
    .optional()
    .describe('YAML file with ComfyUI servers, their labels and weights; read again when it changes.'),
  KUBERNETES_SERVICE_HOST: z
    .string()
    .optional()
    .describe('Where the Kubernetes API is; Kubernetes sets it in every pod.'),
  KUBERNETES_SERVICE_PORT: z
    .string()
    .regex(/^\d+$/, 'must be a port')
    .default('443')
    .describe('Its port; Kubernetes sets it in every pod.'),
  KUBERNETES_API_URL: url
    .optional()
    .describe('Where the Kubernetes API is, instead of what Kubernetes tells the pod.'),
  KUBERNETES_TOKEN_FILE: z
    .string()
    .default('/var/run/secrets/kubernetes.io/serviceaccount/token')
    .describe(
      'Token for the Kubernetes API, read again at every request; one that does not exist is not sent.',
    ),
  KUBERNETES_CA_FILE: z
    .string()
    .default('/var/run/secrets/kubernetes.io/serviceaccount/ca.crt')
    .describe('Certificates that the Kubernetes API is trusted by.'),
};
