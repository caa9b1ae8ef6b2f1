/** What the pages read. Streams tell when something changed; the intervals are for what no stream tells. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { parse } from 'lossless-json';
import { read, readText } from './ask';
import type { JobFilter } from './laid-in';
import { paced, residencySeconds, statsSeconds } from './pace';
import type { AskedWith, ComfyNode, Graph } from './shapes';

/** No answer grows with the cluster: two thousand nodes come in four. */
const nodesPerAnswer = 500;

export const nodesQuery = queryOptions({
  queryKey: ['nodes'],
  queryFn: async ({ signal }) => {
    const all: ComfyNode[] = [];
    let cursor: string | undefined;
    do {
      const page = await read('/v1/nodes', { query: { limit: nodesPerAnswer, cursor }, signal });
      all.push(...page.nodes);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    return all;
  },
  refetchInterval: paced(10),
});

export type { JobFilter } from './laid-in';

const sinceMs: Record<string, number> = { '1h': 3_600_000, '1d': 86_400_000, '7d': 604_800_000 };
export const sinceChoices = Object.keys(sinceMs);

function asked({ since, ...filter }: JobFilter) {
  const ms = since === undefined ? undefined : sinceMs[since];
  return { ...filter, ended_after: ms === undefined ? undefined : new Date(Date.now() - ms).toISOString() };
}

/** The newest of a state, for tiles and sums. */
export const someJobsQuery = (state: string, limit = 100) =>
  queryOptions({
    queryKey: ['jobs', 'some', { state, limit }],
    queryFn: async ({ signal }) => (await read('/v1/jobs', { query: { state, limit }, signal })).jobs,
    refetchInterval: paced(5),
  });

/** With every page a list has more to read again, so a long one is read again less often. */
export const jobListQuery = (filter: JobFilter) =>
  infiniteQueryOptions({
    queryKey: ['jobs', 'list', filter],
    queryFn: async ({ pageParam, signal }) =>
      read('/v1/jobs', { query: { ...asked(filter), limit: 50, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    refetchInterval: ({ state }) => paced((state.data?.pages.length ?? 1) > 3 ? 60 : 5)(),
  });

export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ['job', id],
    queryFn: async ({ signal }) => read('/v1/jobs/{id}', { names: { id }, signal }),
    // What is foreseen changes without an event.
    refetchInterval: ({ state }) => (state.data?.finished_at === null ? paced(5)() / 4 : false),
  });

interface Asked extends Omit<AskedWith, 'graph'> {
  graph: Graph | null;
}

/** What a job runs never changes. `exact` keeps every digit of its numbers, which seeds need. */
export const jobGraphQuery = (id: string) =>
  queryOptions({
    queryKey: ['job', id, 'graph'],
    queryFn: async ({ signal }) => {
      const text = await readText('/v1/jobs/{id}/graph', { names: { id }, signal });
      return { ...(JSON.parse(text) as Asked), exact: parse(text) as Asked };
    },
    staleTime: Infinity,
  });

export const decisionQuery = (id: string) =>
  queryOptions({
    queryKey: ['job', id, 'decision'],
    queryFn: async ({ signal }) => read('/v1/jobs/{id}/decision', { names: { id }, signal }),
    refetchInterval: ({ state }) => (state.data?.state === 'queued' ? paced(5)() : false),
  });

export const readinessQuery = queryOptions({
  queryKey: ['readiness'],
  queryFn: async ({ signal }) => read('/v1/readiness/alike', { signal }),
  refetchInterval: paced(30),
});

export const workflowsQuery = queryOptions({
  queryKey: ['workflows'],
  queryFn: async ({ signal }) => (await read('/v1/workflows', { signal })).workflows,
  refetchInterval: paced(30),
});

export const workflowQuery = (name: string) =>
  queryOptions({
    queryKey: ['workflow', name],
    queryFn: async ({ signal }) => read('/v1/workflows/{name}', { names: { name }, signal }),
  });

export const versionsQuery = (name: string) =>
  queryOptions({
    queryKey: ['workflow', name, 'versions'],
    queryFn: async ({ signal }) =>
      (await read('/v1/workflows/{name}/versions', { names: { name }, signal })).versions,
  });

/** What waits and what is at work, counted by the service. */
export const queueQuery = queryOptions({
  queryKey: ['queue'],
  queryFn: async ({ signal }) => read('/v1/queue', { signal }),
  refetchInterval: paced(5),
});

/** The last hour by the minute, and why jobs failed in it. */
export const statsQuery = queryOptions({
  queryKey: ['stats'],
  queryFn: async ({ signal }) => read('/v1/stats', { signal }),
  refetchInterval: statsSeconds * 1000,
});

export const timeLineQuery = (id: string, hours: number) =>
  queryOptions({
    queryKey: ['node', id, 'timeline', hours],
    queryFn: async ({ signal }) =>
      read('/v1/nodes/{id}/timeline', { names: { id }, query: { hours }, signal }),
    refetchInterval: 15_000,
  });

export const residencyQuery = (id: string) =>
  queryOptions({
    queryKey: ['node', id, 'residency'],
    queryFn: async ({ signal }) => read('/v1/nodes/{id}/residency', { names: { id }, signal }),
    // The leader writes it down every ten seconds.
    staleTime: 10_000,
    refetchInterval: residencySeconds * 1000,
  });

export const inventoryQuery = (search: string, kind: 'file' | 'class') =>
  queryOptions({
    queryKey: ['inventory', kind, search],
    queryFn: async ({ signal }) => read('/v1/inventory', { query: { search, kind }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });

/** Jobs and GPU seconds of the last days, by tenant and day. */
export const usageQuery = (days: number) =>
  queryOptions({
    queryKey: ['usage', days],
    queryFn: async ({ signal }) => {
      const from = new Date(Date.now() - (days - 1) * 86_400_000).toISOString().slice(0, 10);
      return read('/v1/usage', { query: { by: 'tenant,day', from }, signal });
    },
    refetchInterval: 60_000,
  });

export const tenantsQuery = queryOptions({
  queryKey: ['tenants'],
  queryFn: async ({ signal }) => (await read('/v1/tenants', { signal })).tenants,
  refetchInterval: paced(30),
});
