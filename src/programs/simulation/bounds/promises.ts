/**
 * What the product promises of its scheduling, trace by trace: `ranges.test.ts` holds it, `npm run bench:traces` prints it.
 */
import type { PolicyName } from '../policies/index.js';
import type { TraceName } from '../traces/index.js';
import type { Figure } from './figures.js';

export interface Bound {
  figure: Figure;
  /** Of ours, divided by the same figure of this policy; absent: the figure itself. */
  of?: PolicyName;
  /** On another trace. */
  on?: TraceName;
  atMost: number;
}

export interface Promised {
  trace: TraceName;
  bounds: readonly Bound[];
  /** Seeds that the test takes; by default few, to be quick. */
  seeds?: readonly number[];
}

export const fewSeeds = [1, 2, 3];
/** Where the load that a seed draws decides much. */
export const dozen = [1, 2, 3, 4, 5, 6, 101, 102, 103, 104, 105, 106];

export const promises: readonly Promised[] = [
  {
    trace: 'T85',
    seeds: dozen,
    bounds: [
      { figure: 'waitMeanS', of: 'swarmui-like', atMost: 0.8 },
      { figure: 'waitP50S', of: 'swarmui-like', atMost: 0.9 },
      { figure: 'waitP99S', of: 'swarmui-like', atMost: 0.62 },
      { figure: 'waitMaxS', of: 'swarmui-like', atMost: 0.48 },
      { figure: 'waitP99S', of: 'least-queue', atMost: 0.3 },
      { figure: 'waitP99S', of: 'central-fifo', atMost: 0.55 },
      { figure: 'switchesPerJob', of: 'least-queue', atMost: 0.36 },
      { figure: 'loadingShare', atMost: 0.072 },
    ],
  },
  {
    trace: 'small',
    bounds: [
      { figure: 'waitMeanS', of: 'swarmui-like', atMost: 1.25 },
      { figure: 'waitMaxS', of: 'swarmui-like', atMost: 0.7 },
      { figure: 'waitMaxS', of: 'least-queue', atMost: 0.85 },
    ],
  },
  { trace: 'burst', bounds: [{ figure: 'waitP99S', of: 'least-queue', atMost: 0.5 }] },
  { trace: 'batch', bounds: [{ figure: 'makespanS', of: 'central-fifo', atMost: 1 }] },
  { trace: 'hog', bounds: [{ figure: 'othersP99S', of: 'ours', on: 'hog-absent', atMost: 5 }] },
];

/** Held by `npm run bench:traces` alone: these traces take too long for a test. */
export const longPromises: readonly Promised[] = [
  { trace: 'fleet80', bounds: [{ figure: 'waitMeanS', of: 'swarmui-like', atMost: 0.36 }] },
  {
    trace: 'fleet90',
    bounds: [
      { figure: 'waitMeanS', of: 'swarmui-like', atMost: 0.36 },
      { figure: 'imageMeanS', atMost: 12 },
      { figure: 'videoP99S', of: 'swarmui-like', atMost: 0.65 },
    ],
  },
];

/** No promise, but a row of the table: the mean against the SwarmUI rule and the reference. */
export const furtherTraces: readonly TraceName[] = ['T50', 'T70', 'T90', 'T95', 'hog-absent', 'n100'];
