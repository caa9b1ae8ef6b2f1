/**
 * Why jobs wait and when they will run, as the leader last saw it. The leader publishes; every replica answers from what was
 * published, its own at once and another's within about a second. Bounded by the leader; worth nothing after half a minute.
 */
import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { Site } from '../../../platform/site/index.js';
import type { Eta, PoolWish, WaitingReason } from '../../scheduling/index.js';
import type { JobView } from '../record/reading/jobs.view.js';
import { SchedulerStore } from '../record/queue/scheduler.store.js';

export interface Waiting {
  reason: WaitingReason;
  /** The reason for a person. */
  sentence: string;
}

export interface ForecastDocument {
  /** Jobs known one by one. */
  waiting: Record<
    string,
    Waiting & { position: number; effKey: number; eta?: Eta | undefined; nodeId?: string | undefined }
  >;
  /** By class id: what holds for the jobs behind those. */
  classes: Record<string, Waiting & { eta?: Eta | undefined; perJobMs?: number | undefined }>;
  running: Record<string, Eta>;
  waitingCount: number;
  /** Nodes that take work: when each has done what it was given. An older leader does not tell it. */
  nodes?: Record<string, { atMs: number; p90Ms: number }>;
  /** By pool, of those that are scaled. */
  scaling?: Record<string, PoolWish>;
  /** Why no job is placed at all. */
  held?: string;
}

export interface JobOutlook {
  waitingFor: string | null;
  reason: WaitingReason | null;
  queuePosition: number | null;
  eta: Omit<Eta, 'queuePosition'> | null;
}

const rereadMs = 1_000;
const maxAgeMs = 30_000;
/** Of a copy of a database: its forecast was of the original. */
const heldMaxAgeMs = 4_000;
const nothing: JobOutlook = { waitingFor: null, reason: null, queuePosition: null, eta: null };

@Injectable()
export class Forecasts {
  private own: ForecastDocument | undefined;
  private read: ForecastDocument | undefined;
  private readAtMs = -Infinity;

  constructor(
    @Inject(SchedulerStore) private readonly store: SchedulerStore,
    @Inject(Site) private readonly site: Pick<Site, 'isOpen' | 'sentence'>,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Known here at once; other replicas read it within about a second. */
  async publish(document: ForecastDocument, term: number): Promise<void> {
    this.own = document;
    await this.store.keepForecast(JSON.stringify(document), term);
  }

  /** This replica no longer leads. */
  resign(): void {
    this.own = undefined;
  }

  async current(): Promise<ForecastDocument | undefined> {
    if (this.own) return this.own;
    if (performance.now() - this.readAtMs < rereadMs) return this.read;
    this.readAtMs = performance.now();
    try {
      const text = await this.store.forecast(this.site.isOpen ? maxAgeMs : heldMaxAgeMs);
      this.read = text === null ? this.unknown() : (JSON.parse(text) as ForecastDocument);
    } catch (error) {
      this.log.debug({ err: error }, 'the forecast could not be read');
      this.read = undefined;
    }
    return this.read;
  }

  /** Nobody leads; perhaps because nobody may. */
  private unknown(): ForecastDocument | undefined {
    if (this.site.isOpen) return undefined;
    return { waiting: {}, classes: {}, running: {}, waitingCount: 0, held: this.site.sentence };
  }
}

/** `ahead`: queued jobs before it, where somebody counted them. */
export function outlookOf(
  view: Pick<JobView, 'id' | 'state' | 'classId'>,
  forecast: ForecastDocument | undefined,
  ahead?: number,
): JobOutlook {
  if (view.state === 'delayed') return { ...nothing, waitingFor: 'a pause before the next try' };
  if (view.state === 'active') return { ...nothing, eta: forecast?.running[view.id] ?? null };
  if (view.state !== 'queued') return nothing;
  const unknown = { ...nothing, waitingFor: 'jobs before it', queuePosition: positionOf(ahead) };
  return (forecast && outlookInQueue(view, forecast, ahead)) ?? unknown;
}

/** Nothing where the leader did not look so far. */
function outlookInQueue(
  { id, classId }: Pick<JobView, 'id' | 'classId'>,
  forecast: ForecastDocument,
  ahead: number | undefined,
): JobOutlook | undefined {
  if (forecast.held !== undefined) return { ...nothing, waitingFor: forecast.held };
  const known = forecast.waiting[id];
  if (known) return told(known, known.eta, positionOf(ahead) ?? known.position);
  const cls = forecast.classes[classId];
  if (!cls) return undefined;
  const behind = Math.max(0, (ahead ?? forecast.waitingCount) - forecast.waitingCount);
  return told(cls, later(cls.eta, behind * (cls.perJobMs ?? 0)), positionOf(ahead));
}

function told({ reason, sentence }: Waiting, eta: Eta | undefined, queuePosition: number | null): JobOutlook {
  return { waitingFor: sentence, reason, queuePosition, eta: eta ?? null };
}

const positionOf = (ahead: number | undefined): number | null => (ahead === undefined ? null : ahead + 1);

const later = (eta: Eta | undefined, byMs: number): Eta | undefined =>
  eta && {
    ...eta,
    startMs: eta.startMs + byMs,
    endMs: eta.endMs + byMs,
    endP90Ms: eta.endP90Ms + byMs,
  };
