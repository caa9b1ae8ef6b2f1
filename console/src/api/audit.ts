import { infiniteQueryOptions } from '@tanstack/react-query';
import { ask, queryOf } from './ask';

export const auditKinds = ['node', 'workflow', 'tenant', 'key', 'job'] as const;
export type AuditKind = (typeof auditKinds)[number];

export interface AuditEntry {
  id: string;
  at: string;
  known_by: string;
  principal: string | null;
  /** Public part of the key that was shown. */
  key_id: string | null;
  tenant: string;
  request: string;
  address: string;
  /** Of the answer; null when its replica died before it. */
  status: number | null;
}

interface AuditPage {
  entries: AuditEntry[];
  next_cursor: string | null;
}

export const auditQuery = (filter: { kind: AuditKind | undefined; principal: string | undefined }) =>
  infiniteQueryOptions({
    queryKey: ['audit', filter],
    queryFn: async ({ pageParam, signal }) =>
      ask<AuditPage>(`/v1/audit${queryOf({ ...filter, limit: 100, cursor: pageParam })}`, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    refetchInterval: 15_000,
  });
