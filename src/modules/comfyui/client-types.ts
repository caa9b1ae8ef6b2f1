/** What goes into and comes out of `ComfyClient`. */
import type { Readable } from 'node:stream';

import type { Rejection } from './domain/answers/rejection.js';

export interface ComfyTimeouts {
  /** To get a connection, and for a request to begin on one. Default 5,000. */
  connectMs: number;
  /** Small reads and commands. A node at work can freeze for seconds. Default 30,000. */
  callMs: number;
  /** Reads that are repeated: a connection that leads nowhere must not hold up the next one. Default 10,000, and never longer than `callMs`. */
  pollMs: number;
  /** `POST /prompt`, which validates the whole graph before it answers. Default 30,000. */
  promptMs: number;
  /** `/object_info`, tens of megabytes on a node with many packs. Default 120,000. */
  objectInfoMs: number;
  /** A whole upload. Default 600,000. */
  uploadMs: number;
  /** Longest pause between two chunks of a body. Default 60,000. */
  bodyIdleMs: number;
}

export const defaultTimeouts: ComfyTimeouts = {
  connectMs: 5_000,
  callMs: 30_000,
  pollMs: 10_000,
  promptMs: 30_000,
  objectInfoMs: 120_000,
  uploadMs: 600_000,
  bodyIdleMs: 60_000,
};

export interface PostPromptRequest {
  promptId: string;
  /** The socket's current id, so that it hears of the run. */
  clientId: string;
  /** Lower runs first; equal numbers run in order of prompt id. The server counts up when absent. */
  number?: number;
  /** The graph as JSON text, `SanitisedPrompt.text`: forwarded as it is. */
  promptText: string;
  /** From `sanitiseExtraDataSteps`. */
  extraData?: Record<string, unknown>;
  partialExecutionTargets?: readonly string[];
  /** By `performance.now()`: no byte leaves later, and no answer is waited for longer. */
  deadlineMs?: number;
  signal?: AbortSignal;
}

export type PostPromptAnswer =
  /** `promptId` differs from the one sent on servers before 0.3.45, which choose their own. */
  | { kind: 'accepted'; promptId: string; number: number }
  /** With `queued` the node runs the rest of the graph without its bad outputs: withdraw or cancel it. */
  | { kind: 'rejected'; queued: boolean; rejection: Rejection };

export interface FileReference {
  filename: string;
  /** With `/`; empty for the top folder. */
  subfolder: string;
  type: string;
}

export interface UploadRequest {
  filename: string;
  subfolder: string;
  /** A Readable is destroyed when the call ends, however it ends. */
  content: AsyncIterable<Uint8Array> | Uint8Array;
  /** Of the content; when absent the body is chunked. */
  sizeBytes?: number;
  /** Without it a name that holds other bytes is kept and the upload gets a new name. Default false. */
  overwrite?: boolean;
  /** Default `input`. */
  type?: 'input' | 'temp' | 'output';
  signal?: AbortSignal;
}

export interface DownloadedFile {
  status: 200 | 206;
  contentType: string | undefined;
  /** Of this body, when the node says it. */
  sizeBytes: number | undefined;
  contentRange: string | undefined;
  etag: string | undefined;
  /** Read it to the end or destroy it. */
  body: Readable;
}
