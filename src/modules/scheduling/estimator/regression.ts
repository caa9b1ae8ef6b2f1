/**
 * Recursive least squares of log time on log work, with forgetting.
 *
 * The logarithm makes the error relative, so a 10 s image and a 13 min video weigh alike. The slope starts near 1 (time
 * grows with work) and is only moved by observations whose work differs; forgetting stops once the covariance has grown to
 * its cap, else a profile that always runs the same size would forget until the next sample throws it anywhere.
 */

export interface Regression {
  samples: number;
  /** Log work of the first sample: inputs are centred on it. */
  centre: number;
  intercept: number;
  slope: number;
  /** Covariance, upper triangle. */
  p00: number;
  p01: number;
  p11: number;
  /** Moving mean of the squared residual of log time. */
  variance: number;
}

const forgetting = 0.98;
const covarianceCap = 10;
const initialVariance = 0.25;

export function newRegression(logWork: number, logTime: number): Regression {
  return {
    samples: 1,
    centre: logWork,
    intercept: logTime,
    slope: 1,
    p00: 1,
    p01: 0,
    p11: 0.1,
    variance: initialVariance,
  };
}

/** `logWork` and `logTime` are natural logarithms of work units and milliseconds. */
export function observe(state: Regression, logWork: number, logTime: number): void {
  const x = logWork - state.centre;
  const residual = logTime - state.intercept - state.slope * x;
  const g0 = state.p00 + state.p01 * x;
  const g1 = state.p01 + state.p11 * x;
  const scale = forgetting + g0 + g1 * x;
  state.intercept += (g0 / scale) * residual;
  state.slope += (g1 / scale) * residual;
  shrink(state, g0, g1, scale);
  state.samples += 1;
  const rate = Math.max(0.05, 1 / state.samples);
  state.variance += rate * (residual * residual - state.variance);
}

function shrink(state: Regression, g0: number, g1: number, scale: number): void {
  const p00 = state.p00 - (g0 * g0) / scale;
  const p01 = state.p01 - (g0 * g1) / scale;
  const p11 = state.p11 - (g1 * g1) / scale;
  const growth = p00 + p11 < covarianceCap ? 1 / forgetting : 1;
  state.p00 = p00 * growth;
  state.p01 = p01 * growth;
  state.p11 = p11 * growth;
}

/** Log time of a run of this size. */
export function predictLog(state: Regression, logWork: number): number {
  return state.intercept + state.slope * (logWork - state.centre);
}
