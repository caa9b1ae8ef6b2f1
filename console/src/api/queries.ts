/** What the pages read. Streams tell when something changed; the intervals are for what no stream tells. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { parse } from 'lossless-json';
import { ask, askText, queryOf } from './ask';
import { paced } from './pace';
import type {
  AllReadiness,
  ComfyNode,
  Decision,
  Graph,
  JobDetail,
  JobPage,
  Inventory,
  NodeTimeLine,
  Queue,
  Residency,
  Stats,
  Tenant,
  Workflow,
  WorkflowSummary,
  WorkflowVersion,
} from './shapes';

export const nodesQuery = queryOptions({
  queryKey: ['nodes'],
  queryFn: async ({ signal }) => (await ask<{ nodes: ComfyNode[] }>('/v1/nodes', { signal })).nodes,
  refetchInterval: paced(10),
});

/** All of it in the URL of the page. */
export interface JobFilter {
  state?: string | undefined;
  workflow?: string | undefined;
  tenant?: string | undefined;
  door?: string | undefined;
  node?: string | undefined;
  label?: string | undefined;
}

const jobsUrl = (filter: JobFilter & { limit: number; cursor?: string | undefined }): string =>
  `/v1/jobs${queryOf({ ...filter })}`;

/** The newest of a state, for tiles and sums. */
export const someJobsQuery = (state: string, limit = 100) =>
  queryOptions({
    queryKey: ['jobs', 'some', state, limit],
    queryFn: async ({ signal }) => (await ask<JobPage>(jobsUrl({ state, limit }), { signal })).jobs,
    refetchInterval: paced(5),
  });

/** With every page a list has more to read again, so a long one is read again less often. */
export const jobListQuery = (filter: JobFilter) =>
  infiniteQueryOptions({
    queryKey: ['jobs', 'list', filter],
    queryFn: async ({ pageParam, signal }) =>
      ask<JobPage>(jobsUrl({ ...filter, limit: 50, cursor: pageParam }), { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    refetchInterval: ({ state }) => paced((state.data?.pages.length ?? 1) > 3 ? 60 : 5)(),
  });

export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ['job', id],
    queryFn: async ({ signal }) => ask<JobDetail>(`/v1/jobs/${encodeURIComponent(id)}`, { signal }),
  });

interface AskedWith {
  graph: Graph | null;
  inputs: Record<string, unknown> | null;
}

/** What a job runs never changes. `exact` keeps every digit of its numbers, which seeds need. */
export const jobGraphQuery = (id: string) =>
  queryOptions({
    queryKey: ['job', id, 'graph'],
    queryFn: async ({ signal }) => {
      const text = await askText(`/v1/jobs/${encodeURIComponent(id)}/graph`, { signal });
      return { ...(JSON.parse(text) as AskedWith), exact: parse(text) as AskedWith };
    },
    staleTime: Infinity,
  });

export const decisionQuery = (id: string) =>
  queryOptions({
    queryKey: ['job', id, 'decision'],
    queryFn: async ({ signal }) => ask<Decision>(`/v1/jobs/${encodeURIComponent(id)}/decision`, { signal }),
    refetchInterval: ({ state }) => (state.data?.state === 'queued' ? paced(5)() : false),
  });

export const readinessQuery = queryOptions({
  queryKey: ['readiness'],
  queryFn: async ({ signal }) => ask<AllReadiness>('/v1/readiness', { signal }),
  refetchInterval: paced(30),
});

export const workflowsQuery = queryOptions({
  queryKey: ['workflows'],
  queryFn: async ({ signal }) =>
    (await ask<{ workflows: WorkflowSummary[] }>('/v1/workflows', { signal })).workflows,
  refetchInterval: paced(30),
});

export const workflowQuery = (name: string) =>
  queryOptions({
    queryKey: ['workflow', name],
    queryFn: async ({ signal }) => ask<Workflow>(`/v1/workflows/${encodeURIComponent(name)}`, { signal }),
  });

export const versionsQuery = (name: string) =>
  queryOptions({
    queryKey: ['workflow', name, 'versions'],
    queryFn: async ({ signal }) =>
      (
        await ask<{ versions: WorkflowVersion[] }>(`/v1/workflows/${encodeURIComponent(name)}/versions`, {
          signal,
        })
      ).versions,
  });

/** What waits and what is at work, counted by the service. */
export const queueQuery = queryOptions({
  queryKey: ['queue'],
  queryFn: async ({ signal }) => ask<Queue>('/v1/queue', { signal }),
  refetchInterval: paced(5),
});

/** The last hour by the minute, and why jobs failed in it. */
export const statsQuery = queryOptions({
  queryKey: ['stats'],
  queryFn: async ({ signal }) => ask<Stats>('/v1/stats', { signal }),
  refetchInterval: 15_000,
});

export const timeLineQuery = (id: string, hours: number) =>
  queryOptions({
    queryKey: ['node', id, 'timeline', hours],
    queryFn: async ({ signal }) =>
      ask<NodeTimeLine>(`/v1/nodes/${encodeURIComponent(id)}/timeline${queryOf({ hours })}`, { signal }),
    refetchInterval: 15_000,
  });

export const residencyQuery = (id: string) =>
  queryOptions({
    queryKey: ['node', id, 'residency'],
    queryFn: async ({ signal }) =>
      ask<Residency>(`/v1/nodes/${encodeURIComponent(id)}/residency`, { signal }),
    // The leader writes it down every ten seconds.
    staleTime: 10_000,
    refetchInterval: 15_000,
  });

export const inventoryQuery = (search: string, kind: 'file' | 'class') =>
  queryOptions({
    queryKey: ['inventory', kind, search],
    queryFn: async ({ signal }) => ask<Inventory>(`/v1/inventory${queryOf({ search, kind })}`, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });

export const tenantsQuery = queryOptions({
  queryKey: ['tenants'],
  queryFn: async ({ signal }) => (await ask<{ tenants: Tenant[] }>('/v1/tenants', { signal })).tenants,
  refetchInterval: paced(30),
});
