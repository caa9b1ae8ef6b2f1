import { z } from 'zod';
import { count, durationMs, listOf, namesIn, port, url, trustedHops } from './kinds.js';
import { schedulingSettings } from './scheduling.schema.js';
import { accessSettings } from './access.schema.js';
import { oidcSettings } from './oidc.schema.js';
import { nodesSettings } from './nodes.schema.js';
import { tracingSettings } from './tracing.schema.js';
import { parseScalingPool, type ScalingPool } from './urls.js';

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
      'Most database connections of one process, besides one for notifications and four for webhooks and deliveries.',
    ),
  DATABASE_PREPARED: z
    .enum(['on', 'off'])
    .default('on')
    .transform((value) => value === 'on')
    .describe(
      '`off` sends no prepared statements, for a pooler in transaction mode that cannot carry them (PgBouncer before 1.21).',
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
  ...nodesSettings,
  SIMULATE: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe(
      'Simulated ComfyUI nodes: `auto` starts three when no node is configured and `NODE_ENV` is not `production`.',
    ),
  DISPATCH: z
    .enum(['on', 'off'])
    .default('on')
    .describe(
      '`off` serves and shows what the database holds and touches nothing else: no node is asked, found or given work, no webhook is sent, no file removed. For the rehearsal of a restore.',
    ),
  SECRET_KEY: z
    .string()
    .min(16)
    .optional()
    .describe(
      'Encrypts credentials that callers send with a prompt; the same on every replica. Without it a key is made under `DATA_DIR`.',
    ),
  SECRET_KEY_PREVIOUS: z
    .string()
    .min(16)
    .optional()
    .describe('What else is read while `SECRET_KEY` is changed; nothing is encrypted under it.'),
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
  TRUST_PROXY: trustedHops.describe(
    'Whose `X-Forwarded-…` headers are believed: the number of proxies before this service, or their addresses and networks (CIDR), comma separated; `off` for nobody.',
  ),
  ALLOWED_HOSTS: z
    .string()
    .default('')
    .transform(namesIn)
    .describe(
      "Names that this service is reached by, comma separated; `*.example.com` stands for all below it, `*` for any. Addresses, the host of `PUBLIC_URL` and names that no stranger can own (`localhost`, names without a dot, `.local`, `.internal`) need no entry; the original API's routes answer under any name.",
    ),
  ...accessSettings,
  ...oidcSettings,
  MAX_BODIES_BYTES: count
    .default(268_435_456)
    .describe('Bytes of request bodies that are held at once; what comes beyond is refused with 503.'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least severe level that is logged.'),
  METRICS_TENANTS_MAX: z.coerce
    .number()
    .int()
    .min(0)
    .default(50)
    .describe(
      'Tenants that have a label of their own in metrics, the rest are `other`; 0 leaves tenants out.',
    ),
  NATIVE_SOCKET_BUFFER_BYTES: count
    .default(67_108_864)
    .describe(
      'What may wait for one WebSocket client of the native port before it is closed. Whole pictures (`SaveImageWebsocket`) come this way: as many as one run sends must fit.',
    ),
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
  RUN_OUTPUT_FILES_MAX: count
    .max(30_000)
    .default(10_000)
    .describe('Most result files of one run; one that names more fails.'),
  RUN_OUTPUT_BYTES_MAX: count
    .default(64 * 1024 ** 3)
    .describe(
      'Most bytes of the result files of one run together; what is over is not kept, and the job fails.',
    ),
  DISPATCH_INTERVAL_MS: durationMs
    .default(1_000)
    .describe('Time between two decisions of the leader when nothing wakes it.'),
  ...schedulingSettings,
  SCALING_POOLS: listOf(parseScalingPool, ({ name }: ScalingPool) => name)
    .default([])
    .describe(
      'Pools whose number of nodes something else sets, comma separated, each `name` or `name:most nodes`: `GET /v1/scaling` and `comfymux_pool_nodes_wanted` tell how many are wanted.',
    ),
  SCALING_TARGET_WAIT_S: count
    .max(86_400)
    .default(300)
    .describe('How long a job should wait for a node of such a pool, in seconds.'),
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
      'Hosts that webhooks may go to, comma separated, each with or without a port; `*.example.com` stands for all below it. Without it all but those that `OUTGOING_HOSTS` would have to open.',
    ),
  OUTGOING_HOSTS: z
    .string()
    .default('')
    .transform(namesIn)
    .describe(
      'What requests to addresses that callers chose (webhooks, inputs, deliveries) may reach although it is not public, comma separated: names, `*.example.com`, addresses and networks (CIDR). Link-local addresses stay closed.',
    ),
  INPUT_HOSTS: z
    .string()
    .default('')
    .transform(namesIn)
    .describe(
      'Hosts that inputs given as a URL may come from, comma separated, as in `WEBHOOK_HOSTS`. Without it all but those that `OUTGOING_HOSTS` would have to open.',
    ),
  INPUT_TIMEOUT_MS: durationMs
    .default(60_000)
    .describe(
      'How long fetching an input from its URL may take, from the first connection to the last byte.',
    ),
  DELIVER_HOSTS: z
    .string()
    .default('')
    .transform(namesIn)
    .describe(
      'Hosts that results may be brought to by `deliver.https_put`, comma separated, as in `WEBHOOK_HOSTS`. Without it all but those that `OUTGOING_HOSTS` would have to open.',
    ),
  DELIVER_TIMEOUT_MS: durationMs
    .default(300_000)
    .describe('How long bringing one result to its place may take before it is tried again later.'),
  BUCKETS: z
    .string()
    .default('')
    .transform(namesIn)
    .describe(
      'Buckets that callers may name as `s3://bucket/key` for inputs and deliveries, comma separated, each `bucket` or `bucket/prefix`; with the credentials and the endpoint of the usual AWS variables.',
    ),
  BUCKETS_PATH_STYLE: z
    .enum(['on', 'off'])
    .default('off')
    .transform((value) => value === 'on')
    .describe('Whether such a bucket stands in the path of the address rather than in its host.'),
  ENHANCE_PROMPT_URL: url
    .optional()
    .describe(
      'Base of an OpenAI-compatible API, as in `https://host/v1`, whose `chat/completions` writes better prompts for `/api/enhance_prompt`.',
    ),
  ENHANCE_PROMPT_KEY: z
    .string()
    .optional()
    .describe('Its key; without it `/api/enhance_prompt` answers as the original did without one.'),
  ENHANCE_PROMPT_MODEL: z
    .string()
    .default('moonshot-v1-32k-vision-preview')
    .describe('Its model, which looks at pictures too.'),
  WEBHOOK_TIMEOUT_MS: durationMs
    .default(10_000)
    .describe('How long the receiver of a webhook may take to answer before it is tried again later.'),
  ...tracingSettings,
  SHUTDOWN_TIMEOUT_MS: durationMs
    .default(15_000)
    .describe('How long a stop waits for requests and turns that are under way.'),
});

export type Environment = z.output<typeof environmentSchema>;
