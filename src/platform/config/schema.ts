import { z } from 'zod';
import {
  type NodeAddress,
  type NodesName,
  type KubernetesService,
  parseNodeAddress,
  parseNodesName,
  parseKubernetesService,
} from './urls.js';

const port = z.coerce.number().int().min(0).max(65_535);
const durationMs = z.coerce.number().int().min(1).max(86_400_000);
const count = z.coerce.number().int().min(1);
const number = z.coerce.number().min(0);
const url = z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/+$/, ''));

/** A comma separated list, of which no two entries have one name. */
const listOf = <T extends object>(
  parse: (entry: string) => T | { mistake: string },
  nameOf: (entry: T) => string,
) =>
  z.string().transform((text, context): T[] => {
    const list: T[] = [];
    for (const entry of text.split(',').map((part) => part.trim())) {
      if (entry === '') continue;
      const parsed = parse(entry);
      if ('mistake' in parsed) context.addIssue({ code: 'custom', message: parsed.mistake });
      else if (list.some((other) => nameOf(other) === nameOf(parsed))) {
        context.addIssue({ code: 'custom', message: `two nodes are named "${nameOf(parsed)}"` });
      } else list.push(parsed);
    }
    return list;
  });

const namesIn = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

/** `name=value` pairs, comma separated and percent-encoded, as OpenTelemetry writes them. */
const pairs = z.string().transform((text, context): Record<string, string> => {
  const entries: [string, string][] = [];
  for (const part of text.split(',').filter((each) => each.trim() !== '')) {
    const [name = '', ...value] = part.split('=');
    if (name.trim() === '' || value.length === 0)
      context.addIssue({ code: 'custom', message: 'must be name=value pairs, comma separated' });
    else entries.push([name.trim(), decodeLoosely(value.join('=').trim())]);
  }
  return Object.fromEntries(entries);
});

function decodeLoosely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The environment: a sentence for every variable, and its default. `docs/configuration.md` is made from this. */
export const environmentSchema = z.object({
  NODE_ENV: z
    .enum(['production', 'development', 'test'])
    .default('development')
    .describe('In `production` no simulated nodes are started by themselves.'),
  HOST: z.string().default('0.0.0.0').describe('Address that both ports listen on.'),
  PORT: port
    .default(5014)
    .describe('Port of the original API, `/api/v2`, `/v1`, probes and metrics; 0 takes a free one.'),
  NATIVE_PORT: port.default(8188).describe("Port of ComfyUI's own API; 0 turns it off."),
  PUBLIC_URL: url
    .optional()
    .describe(
      'Base of the URLs handed to clients; without it they are built from the `Host` header of the request.',
    ),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgresql://')
    .optional()
    .describe('PostgreSQL 15 or newer; without it an embedded PostgreSQL runs under `DATA_DIR`.'),
  DATABASE_POOL_SIZE: count
    .max(200)
    .default(10)
    .describe(
      'Most database connections of one process, besides one for notifications and two for webhooks.',
    ),
  DATA_DIR: z.string().default('./.data').describe('Folder of everything that this service keeps on disk.'),
  STORAGE_URL: z
    .string()
    .regex(/^(file|s3):/, 'must begin with file: or s3:')
    .optional()
    .describe(
      'Where inputs and results are kept: `file:…` or `s3://bucket/prefix`; without it `DATA_DIR/storage`.',
    ),
  STORAGE_PRESIGNED_DOWNLOADS: z
    .enum(['on', 'off'])
    .default('off')
    .describe(
      'Whether results are downloaded from the `s3:` store itself: `/cfui/view` then redirects (302) to a signed address at the endpoint that this service uses.',
    ),
  STORAGE_PRESIGNED_EXPIRY_S: count
    .max(604_800)
    .default(900)
    .describe('How long such an address is good for, in seconds.'),
  WORKFLOWS_DIR: z.string().default('./workflows').describe('Folder of the named workflows.'),
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
  SIMULATE: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe(
      'Simulated ComfyUI nodes: `auto` starts three when no node is configured and `NODE_ENV` is not `production`.',
    ),
  SECRET_KEY: z
    .string()
    .min(16)
    .optional()
    .describe(
      'Encrypts credentials that callers send with a prompt; the same on every replica. Without it a key is made under `DATA_DIR`.',
    ),
  NATIVE_CORS_ORIGIN: z
    .string()
    .optional()
    .describe(
      "Origin whose pages may use ComfyUI's API from another site, or `*`; as ComfyUI's `--enable-cors-header`.",
    ),
  NATIVE_ALLOW: z
    .string()
    .default('')
    .transform(namesIn)
    .describe(
      'Paths that are refused on the native port by default and are passed to one node instead, comma separated; a path stands for all below it.',
    ),
  TRUST_PROXY: z
    .enum(['on', 'off'])
    .default('off')
    .describe('Whether the address in `X-Forwarded-For` is believed: only behind a proxy that sets it.'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least severe level that is logged.'),
  NATIVE_SOCKET_BUFFER_BYTES: count
    .default(8_388_608)
    .describe('What may wait for one WebSocket client of the native port before it is closed.'),
  MAX_UPLOAD_BYTES: count
    .default(100_000_000)
    .describe(
      'Largest input file that is accepted; ComfyUI itself takes requests of 104857600 bytes unless started with `--max-upload-size`.',
    ),
  MAX_BODY_BYTES: count.default(16_777_216).describe('Largest JSON body, hence graph, that is accepted.'),
  MAX_QUEUED_JOBS: count
    .default(1_000_000)
    .describe('Waiting jobs beyond which a submit is refused with 429.'),
  ARCHIVE_AFTER_HOURS: count
    .max(720)
    .default(24)
    .describe(
      'How long a job that ended stays in the tables of those at work before it moves to the archive.',
    ),
  RETENTION_DAYS: z.coerce
    .number()
    .int()
    .min(0)
    .max(3_650)
    .default(30)
    .describe(
      'Whole days for which ended jobs, their history and their results are kept at least; 0 keeps them for ever.',
    ),
  UPLOAD_RETENTION_DAYS: z.coerce
    .number()
    .int()
    .min(0)
    .max(3_650)
    .default(0)
    .describe(
      'Days after which an uploaded file that no kept job uses is forgotten; 0 keeps the newest upload of each name for ever, as ComfyUI does.',
    ),
  NODE_POLL_INTERVAL_MS: durationMs
    .default(2_000)
    .describe('Time between two polls of a node that has work.'),
  IDLE_POLL_INTERVAL_MS: durationMs.default(5_000).describe('Time between two polls of a node without work.'),
  INVENTORY_REFRESH_MS: durationMs
    .default(20_000)
    .describe("Time between two looks at a node's models and node classes."),
  NODE_LOST_GRACE_MS: durationMs
    .default(60_000)
    .describe('How long a node with work may be unreachable before the work is placed elsewhere.'),
  ATTEMPT_SEND_TIMEOUT_MS: durationMs
    .default(10_000)
    .describe('How long posting a prompt to a node may take.'),
  ATTEMPT_SETTLE_MS: durationMs
    .default(30_000)
    .describe(
      'How long after an unanswered post a prompt that the node does not know counts as never arrived.',
    ),
  ATTEMPT_RUN_LIMIT_MS: durationMs
    .default(3_600_000)
    .describe('Longest run of one prompt; what runs longer is stopped and tried once elsewhere.'),
  DISPATCH_INTERVAL_MS: durationMs
    .default(1_000)
    .describe('Time between two decisions of the leader when nothing wakes it.'),
  SCHEDULING_POLICY: z
    .enum(['cost', 'least-queue'])
    .default('cost')
    .describe(
      'Which job goes to which node: `cost` weighs loading, running and fairness; `least-queue` binds each job on arrival to the able node with the fewest unfinished jobs, to compare with.',
    ),
  SCHEDULING_LAMBDA: number
    .max(1_000)
    .default(8)
    .describe(
      'Seconds of lead that a job gains per second of model loading it spares; 0: models do not matter.',
    ),
  SCHEDULING_SIZE_WEIGHT: number
    .max(100)
    .default(0.5)
    .describe('Seconds that a job falls behind per second of its own run: short work first.'),
  SCHEDULING_MAX_BIAS_S: number
    .max(86_400)
    .default(900)
    .describe('Most seconds by which a later job may pass an earlier one for the two reasons above.'),
  SCHEDULING_HOLD_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(3_600_000)
    .default(30_000)
    .describe(
      'Longest time in all that a job is kept from a free node for one that has its models and ends it sooner.',
    ),
  SCHEDULING_GAMMA: number
    .max(100)
    .default(0)
    .describe('Weight of the backlog in the order; 0.25 drains one large batch sooner.'),
  SCHEDULING_RESERVE_AFTER_S: number
    .max(86_400)
    .default(600)
    .describe('A job that waited so long and was passed by so much gets the node that frees first.'),
  SCHEDULING_RESERVE_SHARE: number
    .max(1)
    .default(0.05)
    .describe('Share of the nodes that may be reserved so at once; at least one may.'),
  SCHEDULING_HAND_OVER_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(600_000)
    .default(3_000)
    .describe(
      'The next prompt is posted to a busy node when its run has at most this left; 0: when it has ended.',
    ),
  SCHEDULING_OVERSHOOT_MS: durationMs
    .default(5_000)
    .describe('A prompt posted ahead is taken back when the run before it is late by this.'),
  SCHEDULING_WINDOW: count
    .max(10_000)
    .default(32)
    .describe('Jobs per class that the leader keeps in memory; all others wait in the database.'),
  LEADER_LEASE_MS: durationMs
    .default(6_000)
    .describe('How long a leader that stopped renewing still counts as the leader.'),
  REPLICA_LEASE_MS: durationMs
    .default(7_000)
    .describe('How long a replica that stopped renewing keeps its nodes and attempts.'),
  LEASE_RENEW_INTERVAL_MS: durationMs.default(2_000).describe('Time between two renewals of the leases.'),
  WEBHOOK_HOSTS: z
    .string()
    .default('')
    .transform(namesIn)
    .describe(
      'Hosts that webhooks may go to, comma separated, each with or without a port; `*.example.com` stands for all below it. Without it all but link-local ones.',
    ),
  WEBHOOK_TIMEOUT_MS: durationMs
    .default(10_000)
    .describe('How long the receiver of a webhook may take to answer before it is tried again later.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: url
    .optional()
    .describe(
      'Base URL of an OpenTelemetry collector (OTLP over HTTP, usually port 4318); without it nothing is traced.',
    ),
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .enum(['http/protobuf', 'http/json'])
    .default('http/protobuf')
    .describe('How spans are encoded.'),
  OTEL_EXPORTER_OTLP_HEADERS: pairs
    .default({})
    .describe('Headers sent to the collector, `name=value` comma separated; for its credentials.'),
  OTEL_SERVICE_NAME: z.string().max(255).default('comfymux').describe('Name of this service in traces.'),
  OTEL_RESOURCE_ATTRIBUTES: pairs
    .default({})
    .describe('More about this process for its traces, `name=value` comma separated.'),
  OTEL_TRACES_SAMPLER: z
    .enum([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ])
    .default('parentbased_always_on')
    .describe("Which traces are kept; `parentbased_…` follows the caller's decision when there is one."),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('Share of traces that the samplers by ratio keep.'),
  SHUTDOWN_TIMEOUT_MS: durationMs
    .default(15_000)
    .describe('How long a stop waits for requests and turns that are under way.'),
});

export type Environment = z.output<typeof environmentSchema>;
