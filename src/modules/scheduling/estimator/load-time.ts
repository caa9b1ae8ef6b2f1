/**
 * Expected time to load a model into a node's memory, per GPU class.
 *
 * A load is seen as the part of a cold run that the warm estimate does not explain, so one sample is as noisy as a run:
 * a moving mean damps it, and until the first sample the file's size at 1.5 GB/s, kept within 10-120 s, stands in.
 */

export interface LoadTimes {
  byKey: Map<string, { samples: number; meanMs: number }>;
}

const maxLoads = 10_000;
const bytesPerMs = 1.5e6;
const priorMinMs = 10_000;
const priorMaxMs = 120_000;
const sampleMaxMs = 600_000;
const slowestRate = 0.05;

export function newLoadTimes(): LoadTimes {
  return { byKey: new Map() };
}

export function priorLoadMs(sizeBytes: number): number {
  return Math.min(priorMaxMs, Math.max(priorMinMs, sizeBytes / bytesPerMs));
}

export function estimateLoadMs(times: LoadTimes, model: string, gpuClass: string, sizeBytes: number): number {
  return times.byKey.get(`${model}@${gpuClass}`)?.meanMs ?? priorLoadMs(sizeBytes);
}

/** `loadMs` may be negative when the warm estimate was too long: it is evidence of a short load, not an error. */
export function observeLoad(
  times: LoadTimes,
  model: string,
  gpuClass: string,
  sizeBytes: number,
  loadMs: number,
): void {
  const key = `${model}@${gpuClass}`;
  const known = times.byKey.get(key) ?? { samples: 1, meanMs: priorLoadMs(sizeBytes) };
  times.byKey.delete(key);
  known.samples += 1;
  const rate = Math.max(slowestRate, 1 / known.samples);
  known.meanMs = Math.max(0, known.meanMs + rate * (Math.min(loadMs, sampleMaxMs) - known.meanMs));
  times.byKey.set(key, known);
  for (const oldest of times.byKey.keys()) {
    if (times.byKey.size <= maxLoads) break;
    times.byKey.delete(oldest);
  }
}

export function loadTimesToJson(times: LoadTimes): Record<string, { samples: number; meanMs: number }> {
  return Object.fromEntries(times.byKey);
}

export function loadTimesFromJson(
  json: Readonly<Record<string, { samples: number; meanMs: number }>>,
): LoadTimes {
  return { byKey: new Map(Object.entries(json).map(([key, value]) => [key, { ...value }])) };
}
