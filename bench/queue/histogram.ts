/** A Prometheus histogram out of the text of `/metrics`. */
export interface Histogram {
  /** Upper bounds with how many were at most that. */
  buckets: { le: number; count: number }[];
  count: number;
  sum: number;
}

/** What has been observed since `before`. */
export function histogramOf(text: string, name: string, before?: Histogram): Histogram {
  const value = (suffix: string): number =>
    Number(new RegExp(`^${name}_${suffix} (\\S+)`, 'm').exec(text)?.[1] ?? Number.NaN);
  const buckets = [...text.matchAll(new RegExp(`^${name}_bucket\\{le="([^"]+)"\\} (\\S+)`, 'gm'))];
  return {
    buckets: buckets.map(([, le, count], at) => ({
      le: le === '+Inf' ? Infinity : Number(le),
      count: Number(count) - (before?.buckets[at]?.count ?? 0),
    })),
    count: value('count') - (before?.count ?? 0),
    sum: value('sum') - (before?.sum ?? 0),
  };
}

/** Interpolated within its bucket, as Prometheus does. */
export function quantileOf({ buckets, count }: Histogram, q: number): number {
  const at = buckets.findIndex((bucket) => bucket.count >= q * count);
  const [upper, lower] = [buckets[at], buckets[at - 1] ?? { le: 0, count: 0 }];
  if (!upper || upper.le === Infinity) return lower.le;
  return lower.le + ((upper.le - lower.le) * (q * count - lower.count)) / (upper.count - lower.count);
}
