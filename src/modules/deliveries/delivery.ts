/** What goes out of a job: one row an event, for a week. */

/** What a webhook may ask to be told of. */
export const jobEvents = ['started', 'progress', 'output', 'ended'] as const;
export type ToldEvent = (typeof jobEvents)[number];

export type DeliveryState = 'waiting' | 'delivered' | 'given_up';

export interface Delivery {
  /** Stays the same however often it is sent. */
  id: string;
  /** The job's, or of the kind `batch` the batch's. */
  jobId: string;
  kind: 'webhook' | 'batch';
  event: ToldEvent;
  /** Tens of percent of progress, or the place of an output among those of its job. */
  ordinal: number;
  wish: WebhookWish;
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

/** As it is sent. */
export interface OutgoingDelivery extends Delivery {
  /** Sealed. */
  secret: Buffer | null;
}

/** As it is kept with the job. */
export interface WebhookWish {
  url: string;
  baseUrl: string;
  /** Absent where the caller named none: the end alone, and what is sent does not name its event. */
  events?: ToldEvent[];
}

/** How one try went. */
export interface Try {
  status: number | null;
  /** Null when it arrived. */
  reason: string | null;
  isLast: boolean;
}
