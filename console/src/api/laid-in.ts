/**
 * Lists of jobs as a stream leaves them: jobs that change state go from one list to the other without a question to the service.
 * Pure. What an event does not tell of a job (its door, the labels of others, a text in its error) cannot be judged here.
 */
import type { Job } from './shapes';

/** All of it in the URL of the page. */
export interface JobFilter {
  state?: string | undefined;
  workflow?: string | undefined;
  tenant?: string | undefined;
  door?: string | undefined;
  node?: string | undefined;
  label?: string | undefined;
  /** How long ago they may have ended: `1h`, `1d`. */
  since?: string | undefined;
  /** The beginning of an id, or a part of tenant, workflow, label or error. */
  search?: string | undefined;
}

/** A part of a list: what it may hold, and whether older jobs are behind it. */
interface Part {
  jobs: Job[];
  hasOlder: boolean;
}
export type JobChanges = ReadonlyMap<string, Partial<Job>>;

/** Whether an event tells enough to say that a job belongs into the list. */
export const canJudge = ({ door, label, since, search }: JobFilter): boolean =>
  [door, label, since, search].every((asked) => asked === undefined);

const fits = (job: Job, { state, workflow, tenant, node }: JobFilter): boolean =>
  (state === undefined || job.state === state) &&
  (workflow === undefined || job.workflow === workflow) &&
  (tenant === undefined || job.tenant === tenant) &&
  (node === undefined || job.node_id === node);

/** The parts in their order, newest first. Those that nothing changes in stay the same. */
export function laidIn<One extends Part>(parts: One[], changes: JobChanges, filter: JobFilter): One[] {
  const judged = canJudge(filter);
  const known = new Set(parts.flatMap(({ jobs }) => jobs.map(({ id }) => id)));
  const newcomers = judged
    ? [...changes.values()].filter(
        (job): job is Job => isWhole(job) && !known.has(job.id) && fits(job, filter),
      )
    : [];
  const left = new Set(newcomers);
  const next = parts.map((part) => {
    const stay = withChanges(part.jobs, changes).filter((job) => !judged || fits(job, filter));
    const came = [...left].filter((job) => belongs(job, part));
    for (const job of came) left.delete(job);
    const same = came.length === 0 && stay.length === part.jobs.length;
    if (same && stay.every((job, at) => job === part.jobs[at])) return part;
    return { ...part, jobs: [...came, ...stay].toSorted(newestFirst) };
  });
  return next.every((part, at) => part === parts[at]) ? parts : next;
}

/** The same for one answer of at most `limit` jobs. `isShort`: older ones may fit that it does not have. */
export function laidInto(
  jobs: Job[],
  changes: JobChanges,
  { limit, ...filter }: JobFilter & { limit: number },
): { jobs: Job[]; isShort: boolean } {
  const hasOlder = jobs.length >= limit;
  const [part = { jobs }] = laidIn([{ jobs, hasOlder }], changes, filter);
  const isShort = hasOlder && part.jobs.length < limit;
  return { jobs: part.jobs.length > limit ? part.jobs.slice(0, limit) : part.jobs, isShort };
}

/** Progress alone tells no more of a job than that. */
const isWhole = (job: Partial<Job>): job is Job => job.state !== undefined;

const belongs = (job: Job, { jobs, hasOlder }: Part): boolean => {
  const oldest = jobs.at(-1);
  return !hasOlder || (oldest !== undefined && newestFirst(job, oldest) < 0);
};

/** What nothing changes stays the same, the whole list too: nothing of it is drawn anew. */
export const withChanges = <One extends { id: string }>(
  list: One[],
  changes: ReadonlyMap<string, Partial<One>>,
): One[] =>
  list.some(({ id }) => changes.has(id))
    ? list.map((one) => {
        const change = changes.get(one.id);
        return change ? { ...one, ...change } : one;
      })
    : list;

/** As the service lists them. Times are of one form, and sort as texts. */
const newestFirst = (one: Job, other: Job): number =>
  compared(other.created_at, one.created_at) || compared(other.id, one.id);
const compared = (one: string, other: string): number => Number(one > other) - Number(one < other);
