/** Who sits before the page, and what that one may: what would be refused is not offered. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { ApiError, ask } from './ask';

const roles = ['metrics', 'read', 'submit', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

export interface Me {
  kind: string;
  principal: string | null;
  tenant: string;
  role: Role | null;
  logged_in: boolean;
}

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ signal }) => ask<Me>('/v1/me', { signal }),
  staleTime: 60_000,
});

/** Whether this one has at least that role. Until it is known nothing is offered, unless `untilKnown` says so. */
export function useMay(least: Role, untilKnown = false): boolean {
  const { data, error } = useQuery(meQuery);
  // A service that does not tell has no roles either.
  if (error instanceof ApiError && error.status === 404) return true;
  if (data === undefined) return untilKnown;
  return data.role !== null && roles.indexOf(data.role) >= roles.indexOf(least);
}
