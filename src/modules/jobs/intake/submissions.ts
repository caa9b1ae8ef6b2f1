/** What doors hand in. */
import type { BroughtFiles } from '../domain/brought-files.js';
import type { DeliverWish, IdempotencyKey, NewPrompt, NewWebhook } from '../record/submit/new-job.js';
import type { RunnableGraph } from './graphs/graph-intake.js';

export interface Submission {
  door: string;
  tenantId?: string | undefined;
  /** 0 is ordinary; see `creditOf`. */
  priority?: number | undefined;
  deadline?: Date | undefined;
  labels?: Record<string, string> | undefined;
  /** A repetition within a day is answered with the job of the first request; with another body it is a conflict. */
  idempotency?: IdempotencyKey | undefined;
  webhook?: NewWebhook | undefined;
  deliver?: DeliverWish | undefined;
}

export interface WorkflowSubmission extends Submission {
  /** With other jobs of one request. */
  brought?: BroughtFiles | undefined;
  /** A name, `name@channel` or `name@version`. */
  workflow: string;
  /** By the names of the manifest; a file in any of the forms of `MediaInput`. */
  inputs: Record<string, unknown>;
}

export interface GraphSubmission extends Submission {
  graph: RunnableGraph;
  /** Sanitised, and without credentials. */
  extraData?: Record<string, unknown> | undefined;
  /** The caller's own id for the job, a UUID in lower case. */
  id?: string | undefined;
  prompt?: NewPrompt | undefined;
}

export interface Accepted {
  jobId: string;
  /** Counts the prompts; null for what is none, and for a repetition. */
  ticket: number | null;
}
