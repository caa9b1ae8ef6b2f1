/**
 * Changes of jobs, for all streams of this replica: notifications say where to look, the record says what is, and a look at
 * all that changed lately finds what no notification told.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Notifications } from '../../../platform/database/index.js';
import {
  type ForecastDocument,
  Forecasts,
  JobChangesStore,
  type JobEvent,
  JobEvents,
  JobsStore,
  type JobView,
  outlookOf,
  schedulerChannel,
} from '../../../modules/jobs/index.js';
import { bodyOf, OutputLinks } from '../../kit/index.js';
import { type Audience, change, type Change } from './change.js';
import { type About, seesContent } from './wanted.js';

const pollIntervalMs = 2_000;
/** How much later than its time a change may be seen: for the quick looks, and for certain. */
const marginMs = { quick: 500, certain: 10_000 };
const progressIntervalMs = 500;
const changesMax = 20_000;
/** Jobs told of in one turn, or missed by one reader; beyond that he reads the list anew. */
export const jobsAtOnceMax = 2_000;
const knownMax = 20_000;
const outputsToldMax = 8;

interface Known {
  atMs: number;
  print: string;
  about: NonNullable<About['job']>;
  isDelayed: boolean;
  progressToldAtMs: number;
}

export interface Told {
  changes: Change[];
  /** Up to when, by the clock of the database, all is told; undefined when the record was not read. */
  placeMs?: number;
  /** There was more than can be told. */
  overflow?: boolean;
}

@Injectable()
export class JobFeed {
  private readonly hinted = new Set<string>();
  private readonly known = new Map<string, Known>();
  private readonly progress = new Map<string, Extract<JobEvent, { type: 'progress' }>>();
  private isNew = true;
  private placeMs = 0;
  private polledAtMs = -Infinity;
  private stopHearing: (() => void)[] = [];

  constructor(
    @Inject(JobEvents) private readonly events: JobEvents,
    @Inject(JobsStore) private readonly jobs: JobsStore,
    @Inject(JobChangesStore) private readonly store: JobChangesStore,
    @Inject(Forecasts) private readonly forecasts: Forecasts,
    @Inject(Notifications) private readonly notifications: Notifications,
    @Inject(OutputLinks) private readonly links: OutputLinks,
  ) {}

  /** Calls `wake` when there may be something to take. */
  async start(wake: () => void): Promise<void> {
    this.placeMs = await this.store.nowMs();
    const woken = (): void => {
      this.isNew = true;
      wake();
    };
    this.stopHearing = [
      this.events.subscribeAll((event) => {
        this.hear(event);
        wake();
      }),
      await this.notifications.listen(schedulerChannel, woken),
    ];
  }

  stop(): void {
    for (const stop of this.stopHearing.splice(0)) stop();
    for (const map of [this.hinted, this.known, this.progress]) map.clear();
  }

  /** Whose the job is; one that is not known yet is looked at in the next turn. */
  aboutOf(jobId: string): About['job'] | undefined {
    const about = this.known.get(jobId)?.about;
    if (!about && this.hinted.size < changesMax) this.hinted.add(jobId);
    return about;
  }

  nowMs(): Promise<number> {
    return this.store.nowMs();
  }

  async take(): Promise<Told> {
    const isPoll = performance.now() - this.polledAtMs >= pollIntervalMs;
    const told = isPoll || this.isNew || this.hinted.size > 0 ? await this.look(isPoll) : { changes: [] };
    return { ...told, changes: [...told.changes, ...this.takeProgress()] };
  }

  /** All that changed since then, for a reader who comes back. */
  async missedSince(fromMs: number): Promise<Told> {
    const { changes, readAtMs } = await this.store.since(fromMs - marginMs.certain, jobsAtOnceMax);
    if (changes.length > jobsAtOnceMax) return { changes: [], placeMs: readAtMs, overflow: true };
    const views = await this.views(changes.map(({ id }) => id));
    const forecast = await this.forecasts.current();
    return { changes: views.map((view) => this.changeOf(view, forecast, undefined)), placeMs: readAtMs };
  }

  private async look(isPoll: boolean): Promise<Told> {
    const hinted = [...this.hinted];
    this.isNew = false;
    const { quick, certain } = marginMs;
    const { changes, readAtMs } = await this.store.since(
      this.placeMs - (isPoll ? certain : quick),
      changesMax,
    );
    const unseen = changes.filter(({ id, atMs }) => (this.known.get(id)?.atMs ?? 0) < atMs);
    const times = new Map(changes.map(({ id, atMs }) => [id, atMs]));
    const delayed = isPoll ? [...this.known].flatMap(([id, { isDelayed }]) => (isDelayed ? [id] : [])) : [];
    const ids = [...new Set([...hinted, ...unseen.map(({ id }) => id), ...delayed])];
    const told = await this.toldOf(ids.slice(0, jobsAtOnceMax), times);
    const overflow = ids.length > jobsAtOnceMax || hinted.length >= changesMax;
    this.placeMs = readAtMs;
    if (isPoll) this.polledAtMs = performance.now();
    for (const id of hinted) this.hinted.delete(id);
    return { changes: told, placeMs: readAtMs, overflow };
  }

  private async toldOf(ids: readonly string[], times: ReadonlyMap<string, number>): Promise<Change[]> {
    if (ids.length === 0) return [];
    const forecast = await this.forecasts.current();
    return (await this.views(ids)).flatMap((view) => {
      const before = this.known.get(view.id);
      const print = printOf(view);
      const one = this.changeOf(view, forecast, before);
      const atMs = times.get(view.id) ?? before?.atMs ?? 0;
      this.remember(view, { atMs, print, about: one.about.job!, before });
      return before?.print === print ? [] : [one];
    });
  }

  private changeOf(view: JobView, forecast: ForecastDocument | undefined, before: Known | undefined): Change {
    const shown = ({ wanted }: Audience): boolean => seesContent(wanted, view.tenantId);
    const bodyFor = (audience: Audience): unknown => {
      const outputs = shown(audience) ? view.outputs.slice(0, outputsToldMax) : [];
      const urlOf = this.links.below(audience.baseUrl, audience.keyId);
      return bodyOf({ ...view, outputs }, urlOf, outlookOf(view, forecast));
    };
    const about = { job: aboutOf(view, before) };
    return change({ type: 'job', key: `job ${view.id}`, about }, bodyFor, {
      // Addresses of results are signed for the key of the reader.
      differs: (audience) => `${shown(audience)} ${view.outputs.length > 0 ? audience.keyId : ''}`,
    });
  }

  private remember(
    { id, state }: JobView,
    { before, ...facts }: Pick<Known, 'atMs' | 'print' | 'about'> & { before: Known | undefined },
  ): void {
    this.known.delete(id);
    this.known.set(id, {
      ...facts,
      isDelayed: state === 'delayed',
      progressToldAtMs: before?.progressToldAtMs ?? -Infinity,
    });
    const [oldest] = this.known.keys();
    if (this.known.size > knownMax && oldest !== undefined) this.known.delete(oldest);
  }

  private async views(ids: readonly string[]): Promise<JobView[]> {
    return (await this.jobs.findAll(ids)).map((view) => this.events.withLiveProgress(view));
  }

  private hear(event: JobEvent): void {
    if (event.type === 'progress') this.progress.set(event.jobId, event);
    // Progress of a job whose tenant and workflow are not known cannot be told to anybody.
    if (event.type === 'progress' && this.known.has(event.jobId)) return;
    if (this.hinted.size < changesMax) this.hinted.add(event.jobId);
  }

  private takeProgress(): Change[] {
    const nowMs = performance.now();
    return [...this.progress.values()].flatMap((event) => {
      const known = this.known.get(event.jobId);
      if (known && nowMs - known.progressToldAtMs < progressIntervalMs) return [];
      this.progress.delete(event.jobId);
      if (!known) return [];
      known.progressToldAtMs = nowMs;
      return [progressOf(event, known.about)];
    });
  }
}

const printOf = ({
  state,
  started,
  nodeId,
  attempts,
  cancelRequested,
  priority,
  finishedAt,
}: JobView): string =>
  JSON.stringify([state, started, nodeId, attempts, cancelRequested, priority, finishedAt]);

const aboutOf = (view: JobView, before: Known | undefined): NonNullable<About['job']> => ({
  id: view.id,
  tenant: view.tenantId,
  workflow: view.workflow,
  states: [view.state, before?.about.states[0]],
  nodes: [view.nodeId, before ? before.about.nodes[0] : undefined],
});

function progressOf(
  { jobId, progress, nodeId, steps }: Extract<JobEvent, { type: 'progress' }>,
  job: NonNullable<About['job']>,
): Change {
  return change({ type: 'progress', key: `progress ${jobId}`, about: { job } }, () => ({
    job_id: jobId,
    node_id: nodeId,
    progress,
    steps_done: steps?.done ?? null,
    steps: steps?.all ?? null,
  }));
}
