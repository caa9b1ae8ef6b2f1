/**
 * Seeded randomness, one independent stream per purpose: drawing one number more for sizes never shifts the arrivals.
 */
export interface Rng {
  /** Uniform in [0, 1). */
  next(): number;
  uniform(low: number, high: number): number;
  /** Exponential with this mean. */
  exponential(mean: number): number;
  /** Log-normal factor with median 1 and this standard deviation of the logarithm. */
  lognormal(sigma: number): number;
  int(bound: number): number;
  shuffle<T>(items: readonly T[]): T[];
}

export function stream(seed: number, purpose: string): Rng {
  const next = sfc32(hash(`${seed}/${purpose}`));
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const int = (bound: number) => Math.floor(next() * bound);
  return {
    next,
    uniform: (low, high) => low + (high - low) * next(),
    exponential: (mean) => -Math.log(1 - next()) * mean,
    lognormal: (sigma) => Math.exp(sigma * normal()),
    int,
    shuffle: (items) => {
      const result = [...items];
      for (let at = result.length - 1; at > 0; at -= 1) {
        const other = int(at + 1);
        [result[at], result[other]] = [result[other]!, result[at]!];
      }
      return result;
    },
  };
}

/** Draws an index with probability proportional to 1 / (rank + 1) ^ exponent. */
export function zipf(size: number, exponent: number): (rng: Rng) => number {
  const weights = Array.from({ length: size }, (_, rank) => 1 / (rank + 1) ** exponent);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return (rng) => {
    let left = rng.next() * total;
    for (let rank = 0; rank < size - 1; rank += 1) {
      left -= weights[rank]!;
      if (left < 0) return rank;
    }
    return size - 1;
  };
}

/** FNV-1a, finished so that neighbouring seeds differ in every bit. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ char.codePointAt(0)!, 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}

/** Small fast counter generator (Doty-Humphrey), warmed up. */
function sfc32(seed: number): () => number {
  let [a, b, c, counter] = [seed | 0, ~seed, 0x9e3779b9 ^ seed, 1];
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 4294967296;
  };
  for (let round = 0; round < 20; round += 1) next();
  return next;
}
