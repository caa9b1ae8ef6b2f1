/** What runs at one node: out of what was read anyway, or asked for where more runs than one answer tells. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { read } from './ask';
import { someJobsQuery } from './queries';
import type { Job } from './shapes';

export const activeMax = 200;
export const activeJobsQuery = someJobsQuery('active', activeMax);

const nodeJobsQuery = (node: string) =>
  queryOptions({
    queryKey: ['node-jobs', node],
    queryFn: async ({ signal }) =>
      (await read('/v1/jobs', { query: { state: 'active', node, limit: 3 }, signal })).jobs,
    refetchInterval: 10_000,
  });

/** Undefined while it is not known. */
export function useJobsAt(node: string): Job[] | undefined {
  const { data: some } = useQuery(activeJobsQuery);
  const isWhole = some !== undefined && some.length < activeMax;
  const asked = useQuery({ ...nodeJobsQuery(node), enabled: some !== undefined && !isWhole });
  return isWhole ? some.filter(({ node_id: at }) => at === node) : asked.data;
}
