/**
 * The service's stream of what changes, and what is done with it. Events tell how something is: they are laid into what the pages
 * have read, and lists are read again when their order may have changed. Where there is no stream the intervals of the queries remain.
 */
import type { QueryClient } from '@tanstack/react-query';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { setStreaming } from './pace';
import { queueQuery } from './queries';
import type { ComfyNode, Job, Queue } from './shapes';

interface Progress {
  job_id: string;
  progress: number | null;
}

export interface Preview {
  job_id: string;
  graph_node: string | null;
  content_type: string;
  data_base64: string;
}

/** Lists are read again at most this often, however much happens. */
const settleMs = 1500;

export function useLive(): void {
  const client = useQueryClient();
  useEffect(() => {
    const source = new EventSource('/v1/events?types=job,progress,node,queue');
    const readAgain = settled((keys: ReadonlySet<string>) => {
      for (const key of keys) void client.invalidateQueries({ queryKey: [key] });
    });
    on(source, 'job', (job: Job) => {
      patchJobs(client, job.id, job);
      readAgain('jobs');
    });
    on(source, 'progress', ({ job_id: id, progress }: Progress) => patchJobs(client, id, { progress }));
    on(source, 'node', (node: ComfyNode) => {
      client.setQueryData<ComfyNode[]>(['nodes'], (nodes) =>
        nodes?.map((one) => (one.id === node.id ? node : one)),
      );
      readAgain('nodes', 'readiness');
    });
    on(source, 'node_removed', () => readAgain('nodes', 'readiness'));
    on(source, 'queue', (queue: Queue) => client.setQueryData(queueQuery.queryKey, queue));
    on(source, 'reset', () => void client.invalidateQueries());
    source.addEventListener('open', () => setStreaming(true));
    source.addEventListener('error', () => {
      setStreaming(false);
      // Cut off: whether the service is there is found by asking. Refused for good, the intervals of the queries remain.
      if (source.readyState === EventSource.CONNECTING)
        void client.invalidateQueries({ queryKey: ['nodes'] });
    });
    return () => source.close();
  }, [client]);
}

/** What the data of an event is, is the service's word. */
function on(source: EventSource, type: string, take: (data: never) => void): void {
  source.addEventListener(type, (event: MessageEvent<string>) => take(JSON.parse(event.data) as never));
}

/** Calls soon, with all that was asked for until then. */
function settled(call: (keys: ReadonlySet<string>) => void): (...keys: string[]) => void {
  let wanted = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (...keys) => {
    for (const key of keys) wanted.add(key);
    timer ??= setTimeout(() => {
      timer = undefined;
      const now = wanted;
      wanted = new Set();
      call(now);
    }, settleMs);
  };
}

type Pages = { pages: { jobs: Job[] }[] };

function patchJobs(client: QueryClient, id: string, change: Partial<Job>): void {
  client.setQueryData<Job>(['job', id], (job) => job && { ...job, ...change });
  client.setQueriesData<Job[] | Pages>({ queryKey: ['jobs'] }, (known) => {
    if (known === undefined) return known;
    if (Array.isArray(known)) return changed(known, id, change);
    return {
      ...known,
      pages: known.pages.map((page) => ({ ...page, jobs: changed(page.jobs, id, change) })),
    };
  });
}

/** The same list where the job is not in it: nothing is drawn anew. */
const changed = (jobs: Job[], id: string, change: Partial<Job>): Job[] =>
  jobs.some((job) => job.id === id) ? jobs.map((job) => (job.id === id ? { ...job, ...change } : job)) : jobs;

/** The newest picture of a running job, while somebody looks. */
export function usePreview(id: string, open = true): Preview | undefined {
  const client = useQueryClient();
  const key = ['preview', id];
  useEffect(() => {
    if (!open) return;
    const source = new EventSource(`/v1/events?types=preview&job=${encodeURIComponent(id)}`);
    on(source, 'preview', (preview: Preview) => client.setQueryData(['preview', id], preview));
    return () => source.close();
  }, [client, id, open]);
  return useQuery<Preview | undefined>({ queryKey: key, enabled: false, queryFn: () => undefined }).data;
}
