import { infiniteQueryOptions } from '@tanstack/react-query';
import { read } from './ask';

export const auditKinds = ['node', 'workflow', 'tenant', 'key', 'job'] as const;
export type AuditKind = (typeof auditKinds)[number];

export const auditQuery = (filter: { kind: AuditKind | undefined; principal: string | undefined }) =>
  infiniteQueryOptions({
    queryKey: ['audit', filter],
    queryFn: async ({ pageParam, signal }) =>
      read('/v1/audit', { query: { ...filter, limit: 100, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    refetchInterval: 15_000,
  });
