import { stream, zipf, type Rng } from '../rng.js';
import type { TraceJob, TraceModel } from '../trace.js';

interface Kind {
  name: string;
  share: number;
  lowS: number;
  highS: number;
  /** Models that make it: from this number up to, not including, that. */
  models?: readonly [number, number];
}

export const usualMix: readonly Kind[] = [
  { name: 'image', share: 0.35, lowS: 10, highS: 30 },
  { name: 'video', share: 0.45, lowS: 60, highS: 240 },
  { name: 'long-video', share: 0.2, lowS: 300, highS: 780 },
];

/** Images from eight checkpoints and videos from four other models. */
export const fleetMix: readonly Kind[] = [
  { name: 'image', share: 0.7, lowS: 1, highS: 4, models: [0, 8] },
  { name: 'video', share: 0.25, lowS: 60, highS: 240, models: [8, 12] },
  { name: 'long-video', share: 0.05, lowS: 540, highS: 660, models: [8, 12] },
];

export const meanBaseMsOf = (mix: readonly Kind[]): number =>
  1000 * mix.reduce((sum, kind) => sum + (kind.share * (kind.lowS + kind.highS)) / 2, 0);

/** Coefficient of variation 0.45 around the profile's mean; most of it shows in the request's size, the rest is hidden. */
const visibleSigma = 0.35;
const hiddenSigma = 0.25;

export interface Demand {
  jobs: number;
  /** Arrivals per ms at a time. */
  ratePerMs: (atMs: number) => number;
  peakRatePerMs: number;
  tenants: readonly string[];
  /** Separates the random numbers of two demands in one trace. */
  purpose: string;
  mix: readonly Kind[];
}

/** Jobs with Zipf-distributed models and a mix of kinds, arriving as a Poisson process whose rate may change. */
export function makeJobs(seed: number, models: readonly TraceModel[], demand: Demand): TraceJob[] {
  const { mix } = demand;
  const profiles = makeProfiles(seed, models, mix);
  const arrivals = stream(seed, `arrivals/${demand.purpose}`);
  const sizes = stream(seed, `sizes/${demand.purpose}`);
  const popularity = zipf(models.length, 1);
  const within = mix.map((kind) => kind.models && zipf(kind.models[1] - kind.models[0], 1));
  let atMs = 0;
  return Array.from({ length: demand.jobs }, (_, at) => {
    atMs = nextArrival(atMs, demand, arrivals);
    const drawn = popularity(sizes);
    const kind = pickKind(sizes, mix);
    const model = mix[kind]!.models ? mix[kind]!.models[0] + within[kind]!(sizes) : drawn;
    const profile = profiles[model]![kind]!;
    const workUnits = sizes.lognormal(visibleSigma);
    return {
      id: `${demand.purpose}-${String(at).padStart(6, '0')}`,
      arrivalMs: atMs,
      tenantId: demand.tenants[sizes.int(demand.tenants.length)]!,
      priority: 0,
      models: [models[model]!.name],
      profileId: profile.id,
      workUnits,
      baseMs: profile.medianMs * workUnits * sizes.lognormal(hiddenSigma),
    };
  });
}

/** Thinning: draws at the peak rate and keeps each arrival with the share of the rate in force. */
function nextArrival(fromMs: number, demand: Demand, rng: Rng): number {
  if (demand.peakRatePerMs === Infinity) return fromMs;
  let atMs = fromMs;
  do atMs += rng.exponential(1 / demand.peakRatePerMs);
  while (rng.next() * demand.peakRatePerMs > demand.ratePerMs(atMs));
  return atMs;
}

function makeProfiles(seed: number, models: readonly TraceModel[], mix: readonly Kind[]) {
  const rng = stream(seed, 'profiles');
  const sigma2 = visibleSigma ** 2 + hiddenSigma ** 2;
  return models.map((model) =>
    mix.map((kind) => ({
      id: `${model.name}/${kind.name}`,
      medianMs: 1000 * rng.uniform(kind.lowS, kind.highS) * Math.exp(-sigma2 / 2),
    })),
  );
}

function pickKind(rng: Rng, mix: readonly Kind[]): number {
  let left = rng.next();
  const at = mix.findIndex((kind) => (left -= kind.share) < 0);
  return at < 0 ? mix.length - 1 : at;
}
