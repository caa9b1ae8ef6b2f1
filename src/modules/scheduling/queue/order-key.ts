/**
 * The static order key: start-time fair queueing with an allowance for bursts and a credit for priority.
 *
 * Guarantees: the key is fixed at submission, so a B-tree keeps the order; two tenants with work waiting for the same nodes
 * receive service in proportion to their weights, to within one job each and, if they queued at different times, the
 * allowance; a job of lower priority is passed by at most the credit difference, so priorities age by themselves.
 *
 * A virtual second is one second of the whole cluster's work for a tenant of weight 1.
 */

export interface TagRequest {
  /** V, from `virtualTimeS`. */
  virtualS: number;
  /** Where the tenant's last tag ended. */
  vfinishS: number;
  weight: number;
  /** Sum of the speeds of the nodes that take work. */
  clusterSpeed: number;
  estimateMs: number;
  creditS: number;
  /** How far ahead of V a tenant may be at little disadvantage; default 200 s. */
  burstS?: number;
}

export interface Tag {
  effKey: number;
  /** Where the job begins in virtual time: no later job of the tenant begins before it. */
  startS: number;
  /** The tenant's new `vfinishS`. */
  vfinishS: number;
}

/** Of priorities 1 to 3. */
export const defaultCreditsS: readonly number[] = [300, 1_800, 14_400];

/** Seconds by which a priority's place lies ahead; 0 is ordinary, and priorities below it lie as far behind. */
export function creditOf(priority: number, creditsS = defaultCreditsS): number {
  const rank = Math.min(Math.abs(priority), creditsS.length);
  return rank === 0 ? 0 : Math.sign(priority) * creditsS[rank - 1]!;
}

/** The part of its lead over V that still counts within the allowance: keeps the order among bursts. */
export const burstSlope = 0.1;
export const defaultBurstS = 200;

export function assignTag(request: TagRequest): Tag {
  const startS = Math.max(request.virtualS, request.vfinishS);
  return {
    effKey: effKeyOf(request),
    startS,
    vfinishS: startS + chargeS(request.estimateMs, request),
  };
}

/** Where the tenant's next job comes in the order, however long it runs. */
export function effKeyOf({
  virtualS,
  vfinishS,
  creditS,
  burstS = defaultBurstS,
}: Pick<TagRequest, 'virtualS' | 'vfinishS' | 'creditS' | 'burstS'>): number {
  const leadS = Math.max(0, vfinishS - virtualS);
  const countedS = leadS < burstS ? burstSlope * leadS : leadS - (1 - burstSlope) * burstS;
  return virtualS + countedS - creditS;
}

/**
 * The tenant's `vfinishS` after a job left unrun (`actualMs` 0) or ran for another time than it was charged for. Never before
 * `startS`, where its latest job begins: else the tenant's next job would pass those it has waiting.
 */
export function correctTag(
  tag: Pick<Tag, 'startS' | 'vfinishS'>,
  estimateMs: number,
  actualMs: number,
  tenant: Pick<TagRequest, 'weight' | 'clusterSpeed'>,
): number {
  return Math.max(tag.startS, tag.vfinishS + chargeS(actualMs - estimateMs, tenant));
}

function chargeS(ms: number, { weight, clusterSpeed }: Pick<TagRequest, 'weight' | 'clusterSpeed'>): number {
  return ms / 1000 / (weight * Math.max(clusterSpeed, 1e-3));
}
