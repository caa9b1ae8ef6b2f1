/** Who sits before the page, and what that one may: what would be refused is not offered. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { ApiError, read } from './ask';

const roles = ['metrics', 'read', 'submit', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ signal }) => read('/v1/me', { signal }),
  staleTime: 60_000,
});

/** Whether this one has at least that role. Until it is known nothing is offered, and nothing asked that may be refused. */
export function useMay(least: Role): boolean {
  return useWhetherMay(least) === true;
}

/** Undefined until it is known. */
export function useWhetherMay(least: Role): boolean | undefined {
  const { data, error } = useQuery(meQuery);
  // A service that does not tell has no roles either.
  if (error instanceof ApiError && error.status === 404) return true;
  if (data === undefined) return undefined;
  return data.role !== null && roles.indexOf(data.role) >= roles.indexOf(least);
}

/** What went into jobs of a tenant and came out of them is its own, and for those who were given the right. */
export function useSeesContent(tenant: string): boolean {
  const me = useQuery(meQuery).data;
  const mayReach = useMay('operator');
  const isAdmin = useMay('admin');
  return me?.tenant === tenant || isAdmin || (mayReach && (me?.rights ?? []).includes('sees_content'));
}
