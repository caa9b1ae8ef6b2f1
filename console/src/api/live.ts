/**
 * The service's stream of what changes, and what is done with it. Events tell how something is: they are laid into what the pages
 * have read, and lists are read again when their order may have changed. Where there is no stream the intervals of the queries remain.
 * A browser has six connections for all its pages of one service: a page that nobody sees holds none.
 */
import type { QueryClient } from '@tanstack/react-query';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { checkConnection } from './connection';
import { Gathered, type Progress, readinessMayDiffer } from './gathered';
import { useWhetherMay } from './me';
import { setStreaming } from './pace';
import { queueQuery } from './queries';
import type { ComfyNode, Job, JobDetail, Queue } from './shapes';

/** Events of this time are laid in at once: hundreds in a second are drawn five times in it. */
const gatherMs = 200;
/** Lists are read again at most this often, however much happens. */
const settleMs = 1500;
/** What each node can run is long to read, and seldom changes. */
const readinessSettleMs = 10_000;
const comeBackMs = 10_000;

export function useLive(): void {
  const client = useQueryClient();
  const isVisible = useVisible();
  const hearsNodes = useWhetherMay('operator');
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (!isVisible || hearsNodes === undefined) return;
    const types = ['job', 'progress', 'queue', ...(hearsNodes ? ['node'] : [])];
    const source = new EventSource(`/v1/events?types=${types.join(',')}`);
    const stop = follow(source, client);
    let timer: ReturnType<typeof setTimeout> | undefined;
    source.addEventListener('open', () => setStreaming(true));
    source.addEventListener('error', () => {
      setStreaming(false);
      checkConnection();
      // A browser tries again where it was cut off, and never where something else than a stream was answered.
      if (source.readyState === EventSource.CLOSED)
        timer ??= setTimeout(() => setTries((count) => count + 1), comeBackMs);
    });
    return () => {
      clearTimeout(timer);
      setStreaming(false);
      stop();
      source.close();
    };
  }, [client, isVisible, hearsNodes, tries]);
}

export function useVisible(): boolean {
  return useSyncExternalStore(
    (changed) => {
      document.addEventListener('visibilitychange', changed);
      return () => document.removeEventListener('visibilitychange', changed);
    },
    () => !document.hidden,
  );
}

/** Lays what the stream tells into what was read, until the answer is called. */
function follow(source: EventSource, client: QueryClient): () => void {
  const gathered = new Gathered();
  const readAgain = settled(client, settleMs);
  const judgeAgain = settled(client, readinessSettleMs);
  const timer = setInterval(() => layIn(client, gathered, { readAgain, judgeAgain }), gatherMs);
  on(source, 'open', ({ resumed }: { resumed?: boolean }) => {
    // What happened while nobody listened is not told.
    if (resumed !== true) void client.invalidateQueries();
  });
  on(source, 'job', (job: Job) => gathered.job(job));
  on(source, 'progress', (progress: Progress) => gathered.progress(progress));
  on(source, 'node', (node: ComfyNode) => gathered.node(node));
  on(source, 'node_removed', () => readAgain('nodes', 'readiness'));
  on(source, 'queue', (queue: Queue) => client.setQueryData(queueQuery.queryKey, queue));
  on(source, 'reset', () => void client.invalidateQueries());
  return () => {
    clearInterval(timer);
    readAgain.stop();
    judgeAgain.stop();
  };
}

type Pages = { pages: { jobs: Job[] }[] };

function layIn(
  client: QueryClient,
  gathered: Gathered,
  { readAgain, judgeAgain }: Record<'readAgain' | 'judgeAgain', (key: string) => void>,
): void {
  const { jobs, nodes, hasWholeJobs } = gathered.take();
  if (hasWholeJobs) readAgain('jobs');
  if (jobs.size > 0) {
    client.setQueriesData<Job[]>({ queryKey: ['node-jobs'] }, (known) => known && changed(known, jobs));
    client.setQueriesData<Job[] | Pages>({ queryKey: ['jobs'] }, (known) => {
      if (known === undefined) return known;
      if (Array.isArray(known)) return changed(known, jobs);
      const pages = known.pages.map((page) => ({ page, jobs: changed(page.jobs, jobs) }));
      if (pages.every(({ page, jobs: same }) => page.jobs === same)) return known;
      return { ...known, pages: pages.map(({ page, jobs: newer }) => ({ ...page, jobs: newer })) };
    });
    for (const [id, change] of jobs) {
      // Of its results an event tells the first alone.
      const { outputs: _some, ...rest } = change;
      client.setQueryData<JobDetail>(['job', id], (job) => job && { ...job, ...rest });
    }
  }
  if (nodes.size === 0) return;
  const known = client.getQueryData<ComfyNode[]>(['nodes']);
  if (known === undefined) return;
  if (known.some((node) => readinessMayDiffer(node, nodes.get(node.id)))) judgeAgain('readiness');
  const ids = new Set(known.map(({ id }) => id));
  if ([...nodes.keys()].some((id) => !ids.has(id))) readAgain('nodes');
  client.setQueryData<ComfyNode[]>(['nodes'], changed(known, nodes));
}

/** The same list where nothing of it changed: nothing is drawn anew. */
const changed = <One extends { id: string }>(
  list: One[],
  changes: ReadonlyMap<string, Partial<One>>,
): One[] =>
  list.some(({ id }) => changes.has(id)) ? list.map((one) => ({ ...one, ...changes.get(one.id) })) : list;

/** What the data of an event is, is the service's word. */
export function on(source: EventSource, type: string, take: (data: never) => void): void {
  source.addEventListener(type, (event: MessageEvent<string | undefined>) => {
    // The browser's own events of a stream have the same names, and no data.
    if (event.data !== undefined) take(JSON.parse(event.data) as never);
  });
}

/** Reads soon, all that was asked for until then. */
function settled(client: QueryClient, waitMs: number): ((...keys: string[]) => void) & { stop: () => void } {
  const wanted = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = (...keys: string[]): void => {
    for (const key of keys) wanted.add(key);
    timer ??= setTimeout(() => {
      timer = undefined;
      for (const key of wanted) void client.invalidateQueries({ queryKey: [key] });
      wanted.clear();
    }, waitMs);
  };
  return Object.assign(ask, { stop: () => clearTimeout(timer) });
}
