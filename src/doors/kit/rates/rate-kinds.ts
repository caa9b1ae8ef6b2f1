/** What a route is counted as where its callers are held to a rate. */
import type { Config } from '../../../platform/config/index.js';
import type { RouteAccess } from '../caller/route-access.js';

export type RateKind = 'reads' | 'submits' | 'changes';

/** Null for probes and for who scrapes: they are to see what goes on above all when it is too much. */
export function rateKindOf(access: RouteAccess | undefined): RateKind | null {
  if (access === undefined || access === 'open') return null;
  if (access.kind === 'metrics' || access.kind === 'scaling') return null;
  if (access.verb === 'read') return 'reads';
  return access.verb === 'submit' ? 'submits' : 'changes';
}

const settings = {
  reads: 'RATE_READS_PER_MINUTE',
  submits: 'RATE_SUBMITS_PER_MINUTE',
  changes: 'RATE_CHANGES_PER_MINUTE',
} as const;

export type RateConfig = Pick<Config, (typeof settings)[RateKind]>;

/** Requests a minute, of one caller, through all replicas; 0 for as many as it likes. */
export const rateOf = (kind: RateKind, config: RateConfig): number => config[settings[kind]];

/** A replica's part of a rate: all together let in one more than it for each replica at most. */
export const shareOf = (rate: number, replicas: number): number => Math.ceil(rate / Math.max(1, replicas));
