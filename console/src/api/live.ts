/**
 * The service's stream of what changes, and what is done with it. Events tell how something is: they are laid into what the pages
 * have read, lists of jobs too, which are read again seldom. Where there is no stream the intervals of the queries remain.
 * A browser has six connections for all its pages of one service: a page that nobody sees holds none.
 */
import type { InfiniteData, QueryClient, QueryKey } from '@tanstack/react-query';
import { hashKey, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { checkConnection } from './connection';
import { Gathered, type Progress, readinessMayDiffer } from './gathered';
import { canJudge, type JobChanges, type JobFilter, laidIn, laidInto, withChanges } from './laid-in';
import { useWhetherMay } from './me';
import { foreseenSettleMs, gatherMs, jittered, readinessSettleMs, setStreaming, settleMs } from './pace';
import { queueQuery } from './queries';
import type { ComfyNode, Job, JobDetail, JobPage, Queue } from './shapes';

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
  const again = {
    soon: settled(client, settleMs),
    later: settled(client, foreseenSettleMs),
    judged: settled(client, readinessSettleMs),
  };
  let carried: JobChanges = new Map();
  const timer = setInterval(() => {
    const { jobs, nodes } = gathered.take();
    // An answer that is under way may be older than what was told meanwhile: that is laid into it too.
    const told = carried.size === 0 ? jobs : new Map([...carried, ...jobs]);
    carried = client.isFetching({ queryKey: ['jobs'] }) > 0 ? told : new Map();
    layInJobs(client, told, again);
    layInNodes(client, nodes, again);
  }, gatherMs);
  on(source, 'open', ({ resumed }: { resumed?: boolean }) => {
    // What happened while nobody listened is not told.
    if (resumed !== true) void client.invalidateQueries();
  });
  on(source, 'job', (job: Job) => gathered.job(job));
  on(source, 'progress', (progress: Progress) => gathered.progress(progress));
  on(source, 'node', (node: ComfyNode) => gathered.node(node));
  on(source, 'node_removed', () => again.soon(['nodes'], ['readiness']));
  on(source, 'queue', (queue: Queue) => client.setQueryData(queueQuery.queryKey, queue));
  on(source, 'reset', () => void client.invalidateQueries());
  return () => {
    clearInterval(timer);
    for (const one of Object.values(again)) one.stop();
  };
}

type Again = Record<'soon' | 'later' | 'judged', (...keys: QueryKey[]) => void>;

function layInJobs(client: QueryClient, jobs: JobChanges, again: Again): void {
  if (jobs.size === 0) return;
  client.setQueriesData<Job[]>({ queryKey: ['node-jobs'] }, (known) => known && withChanges(known, jobs));
  for (const { queryKey } of client.getQueryCache().findAll({ queryKey: ['jobs'] })) {
    const [, kind, asked] = queryKey as ['jobs', 'some' | 'list', JobFilter & { limit: number }];
    const lacks = kind === 'some' ? layInSome(client, queryKey, jobs) : layInList(client, queryKey, jobs);
    // To look for a text again is the service's longest answer.
    const isSoon = lacks || (!canJudge(asked) && asked.search === undefined);
    if (hasWhole(jobs)) again[isSoon ? 'soon' : 'later'](queryKey);
  }
  for (const [id, change] of jobs) {
    // Of its results an event tells the first alone.
    const { outputs: _some, ...rest } = change;
    client.setQueryData<JobDetail>(['job', id], (job) => job && { ...job, ...rest });
  }
}

/** Whether jobs may be missing then. */
function layInSome(client: QueryClient, queryKey: QueryKey, jobs: JobChanges): boolean {
  const known = client.getQueryData<Job[]>(queryKey);
  if (known === undefined) return false;
  const [, , asked] = queryKey as [unknown, unknown, JobFilter & { limit: number }];
  const next = laidInto(known, jobs, asked);
  if (next.jobs !== known) client.setQueryData(queryKey, next.jobs);
  return next.isShort;
}

type Pages = InfiniteData<JobPage, string | undefined>;

function layInList(client: QueryClient, queryKey: QueryKey, jobs: JobChanges): boolean {
  const known = client.getQueryData<Pages>(queryKey);
  if (known === undefined) return false;
  const [, , filter] = queryKey as [unknown, unknown, JobFilter];
  const parts = known.pages.map((page) => ({ ...page, hasOlder: page.next_cursor !== null }));
  const next = laidIn(parts, jobs, filter);
  if (next === parts) return false;
  const pages = next.map(({ hasOlder: _hasOlder, ...page }) => page);
  client.setQueryData<Pages>(queryKey, { ...known, pages });
  // What came while somebody looks makes the first part long.
  return (pages[0]?.jobs.length ?? 0) > firstPartMax;
}

const firstPartMax = 300;

const hasWhole = (jobs: JobChanges): boolean => [...jobs.values()].some(({ state }) => state !== undefined);

function layInNodes(client: QueryClient, nodes: ReadonlyMap<string, ComfyNode>, again: Again): void {
  if (nodes.size === 0) return;
  const known = client.getQueryData<ComfyNode[]>(['nodes']);
  if (known === undefined) return;
  if (known.some((node) => readinessMayDiffer(node, nodes.get(node.id)))) again.judged(['readiness']);
  const ids = new Set(known.map(({ id }) => id));
  if ([...nodes.keys()].some((id) => !ids.has(id))) again.soon(['nodes']);
  client.setQueryData<ComfyNode[]>(['nodes'], withChanges(known, nodes));
}

/** What the data of an event is, is the service's word. */
export function on(source: EventSource, type: string, take: (data: never) => void): void {
  source.addEventListener(type, (event: MessageEvent<string | undefined>) => {
    // The browser's own events of a stream have the same names, and no data.
    if (event.data !== undefined) take(JSON.parse(event.data) as never);
  });
}

/** Reads again after a while, all that was asked for until then. */
function settled(
  client: QueryClient,
  waitMs: number,
): ((...keys: QueryKey[]) => void) & { stop: () => void } {
  const wanted = new Map<string, QueryKey>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = (...keys: QueryKey[]): void => {
    for (const key of keys) wanted.set(hashKey(key), key);
    timer ??= setTimeout(() => {
      timer = undefined;
      for (const queryKey of wanted.values()) void client.invalidateQueries({ queryKey });
      wanted.clear();
    }, jittered(waitMs));
  };
  return Object.assign(ask, { stop: () => clearTimeout(timer) });
}
