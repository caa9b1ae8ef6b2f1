/**
 * What passes between runs, as the record tells: medians, for a node that was lost or a server that hung says nothing of the
 * others.
 */
import type { MeasuredRun } from './measured-run.js';

/** Milliseconds until the scheduler hears of an end, until a node begins what it was given, and between two runs in its own queue. */
export interface Latency {
  signalMs: number;
  orderMs: number;
  turnoverMs: number;
}

const samplesMax = 20_000;

export class LatencyMeter {
  private readonly endedMs = new Map<string, number>();
  private readonly orders: number[] = [];
  private readonly gaps: number[] = [];
  private readonly turnovers: number[] = [];

  /** In the order in which the runs began. */
  observe({ nodeId, slot, submittedMs, placedMs, startedMs, runMs, heldMs }: MeasuredRun): void {
    const endedMs = this.endedMs.get(nodeId) ?? Infinity;
    this.endedMs.set(nodeId, startedMs + runMs);
    const gapMs = Math.max(0, startedMs - endedMs);
    if (slot === 1) return endedMs < Infinity ? add(this.turnovers, gapMs) : undefined;
    add(this.orders, Math.max(0, startedMs - placedMs));
    if (submittedMs < endedMs && endedMs < Infinity && heldMs === 0) add(this.gaps, gapMs);
  }

  /** Undefined where the record is too short to tell. */
  read(): Latency | undefined {
    const orderMs = median(this.orders);
    const gapMs = median(this.gaps);
    if (orderMs === undefined || gapMs === undefined) return undefined;
    return { signalMs: Math.max(0, gapMs - orderMs), orderMs, turnoverMs: median(this.turnovers) ?? 0 };
  }
}

function add(samples: number[], ms: number): void {
  if (samples.length < samplesMax) samples.push(ms);
}

function median(samples: readonly number[]): number | undefined {
  return samples.toSorted((a, b) => a - b)[samples.length >> 1];
}
