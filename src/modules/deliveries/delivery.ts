/** What goes out of a job: one row an event or file, for a week. */
import { z } from 'zod';
import { type DeliverWish, pictureFormats } from '../jobs/index.js';

/** What a webhook may ask to be told of. */
export const jobEvents = ['started', 'progress', 'output', 'ended'] as const;
export type ToldEvent = (typeof jobEvents)[number];

export const deliveryStates = ['waiting', 'delivered', 'given_up'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

interface Row {
  /** Stays the same however often it is sent. */
  id: string;
  /** The job's, or of the kind `batch` the batch's. */
  jobId: string;
  event: ToldEvent;
  /** Tens of percent of progress, or the place of an output among those of its job. */
  ordinal: number;
  state: DeliveryState;
  tries: number;
  /** Of the last answer; null when there was none. */
  status: number | null;
  /** Why the last try failed. */
  reason: string | null;
  createdAt: Date;
  triedAt: Date | null;
  deliveredAt: Date | null;
}

export interface WebhookDelivery extends Row {
  kind: 'webhook' | 'batch';
  wish: WebhookWish;
}

/** A result that is brought to its place. */
export interface FileDelivery extends Row {
  kind: 'file';
  wish: DeliverWish;
}

export type Delivery = WebhookDelivery | FileDelivery;

/** As it is sent. */
export interface OutgoingWebhook extends WebhookDelivery {
  /** Sealed. */
  secret: Buffer | null;
}

/** How many files of a job are where. */
export type FileCounts = Record<DeliveryState, number>;

/** As it is kept with the job. */
export interface WebhookWish {
  url: string;
  baseUrl: string;
  /** Absent where the caller named none: the end alone, and what is sent does not name its event. */
  events?: ToldEvent[];
}

const webhookWish = z.looseObject({
  url: z.string(),
  baseUrl: z.string(),
  events: z.array(z.enum(jobEvents)).optional(),
});
const fileWish = z.looseObject({
  to: z.string().optional(),
  https_put: z.array(z.string()).optional(),
  convert: z.looseObject({ format: z.enum(pictureFormats), quality: z.number().optional() }).optional(),
});

/** As the table holds it. A wish that makes no sense leads nowhere, and is given up; null for what is no delivery. */
export function deliveryIn<Told extends Delivery>(row: Told): Told | null {
  const { kind, event, state, wish } = row;
  const isKnown =
    ['webhook', 'batch', 'file'].includes(kind) &&
    jobEvents.includes(event) &&
    deliveryStates.includes(state);
  if (!isKnown) return null;
  const read = kind === 'file' ? fileWish.catch({ to: '' }) : webhookWish.catch({ url: '', baseUrl: '' });
  return { ...row, wish: read.parse(wish) };
}

/** How one try went. */
export interface Try {
  status: number | null;
  /** Null when it arrived. */
  reason: string | null;
  /** No later one is made, or would do better. */
  isLast: boolean;
}
