/** What is written of a job when it is taken in. */
import type { InputPlace } from '../../domain/input-files.js';

/** What a caller named a request, and the fingerprint of its body. */
export interface IdempotencyKey {
  key: string;
  requestHash: string;
}

export interface NewJob {
  id: string;
  tenantId: string;
  classId: number;
  door: string;
  /** Who submitted it; null for who had no key. */
  principalId: string | null;
  workflow: string | null;
  priority: number;
  /** Virtual seconds by which its place in the queue lies before that of an ordinary job. */
  creditS: number;
  /** Expected run, and its size in the profile's units. */
  estimateMs: number;
  workUnits: number;
  deadline: Date | null;
  /** Longest run; null takes the service's limit. */
  runLimitMs: number | null;
  labels: Record<string, string> | null;
  /** Of the request that submitted it. */
  traceparent: string | null;
  /** Under which a repetition of the request finds the job again. */
  idempotency: IdempotencyKey | null;
  prompt: NewPrompt | null;
  webhook: NewWebhook | null;
  deliver: DeliverWish | null;
  input: {
    templateHash: string | null;
    params: string | null;
    graph: string | null;
    assets: AssetInput[];
    extraData: string | null;
  };
}

/** Whom to tell of the job. */
export interface NewWebhook {
  url: string;
  /** Of the links in what is told. */
  baseUrl: string;
  /** Absent: of its end alone. */
  events?: string[];
  /** Sealed. */
  secret: Buffer | null;
}

/** Where a job's results are brought when it has succeeded; one of the two places is given. */
export interface DeliverWish {
  /** `s3://bucket/prefix` */
  to?: string;
  /** The n-th result goes to the n-th address; further ones stay here alone. */
  https_put?: string[];
  /** Of pictures. */
  convert?: { format: PictureFormat; quality?: number };
}

export const pictureFormats = ['webp', 'jpeg', 'png'] as const;
export type PictureFormat = (typeof pictureFormats)[number];

/** What a ComfyUI client said with its prompt beside the graph. */
export interface NewPrompt {
  place: string;
  clientId: string | null;
  /** Lower runs first among waiting prompts; null takes the next place. */
  number: number | null;
  /** Ahead of everything that waits. */
  front: boolean;
  /** Ids of the output nodes that run. */
  targets: string[];
  workflowId: string | null;
  secrets: Buffer | null;
}

/** An input file of a job and the literal of the graph that its name on the node replaces. */
export interface AssetInput extends InputPlace {
  sha256: string;
}

export interface NewClass {
  hash: string;
  requirements: unknown;
  models: string[];
  loras: string[];
  nodeTypes: string[];
  minVramBytes: number;
  workflow: string | null;
  /** What a node's own labels must say, and the pool it must belong to. */
  labels: Record<string, string>;
  pool: string | null;
  profileId: string;
}
