/** The figures that promises are about, as means over seeds. */
import { bestPlan } from '../clairvoyant/best-plan.js';
import { switchesFor } from '../experiment.js';
import { measure, type Metrics } from '../metrics.js';
import { makePolicy, type PolicyName } from '../policies/index.js';
import { runTrace, type JobRecord, type RunRecord } from '../run.js';
import { makeTrace, type TraceName } from '../traces/index.js';

export type Figure = keyof Metrics | keyof typeof ofSome;

/** Of some of the jobs alone. */
const ofSome = {
  othersP99S: (record: RunRecord) => measure(record, ({ job }) => job.tenantId !== 'hog').waitP99S,
  imageMeanS: (record: RunRecord) => measure(record, isImage).waitMeanS,
  videoP99S: (record: RunRecord) => measure(record, (each) => !isImage(each)).waitP99S,
};

/** `clairvoyant` is no policy: it is shown the truth. */
export type Scheduled = PolicyName | 'clairvoyant';

export type Figures = Readonly<Record<Figure, number>>;

export class FigureTable {
  private readonly known = new Map<string, Figures>();

  /** Mean over the seeds; each run is made once. */
  of(trace: TraceName, scheduled: Scheduled, seeds: readonly number[]): Figures {
    const runs = seeds.map((seed) => this.one(trace, scheduled, seed));
    const names = Object.keys(runs[0]!) as Figure[];
    const mean = (name: Figure) => runs.reduce((sum, run) => sum + run[name], 0) / runs.length;
    return Object.fromEntries(names.map((name) => [name, mean(name)])) as Figures;
  }

  private one(trace: TraceName, scheduled: Scheduled, seed: number): Figures {
    const key = `${trace} ${scheduled} ${seed}`;
    const figures = this.known.get(key) ?? figuresOf(schedule(trace, scheduled, seed));
    this.known.set(key, figures);
    return figures;
  }
}

function schedule(name: TraceName, scheduled: Scheduled, seed: number): RunRecord {
  const trace = makeTrace(name, seed);
  if (scheduled === 'clairvoyant') return bestPlan(trace, seed);
  return runTrace(trace, makePolicy(scheduled, switchesFor(trace, {})), seed);
}

function figuresOf(record: RunRecord): Figures {
  const some = Object.entries(ofSome).map(([name, figure]) => [name, figure(record)]);
  return { ...measure(record), ...(Object.fromEntries(some) as Record<keyof typeof ofSome, number>) };
}

function isImage({ job }: JobRecord): boolean {
  return job.profileId.endsWith('/image');
}
