/** The calls of one tool: how many, and how long the middle one and nineteen of twenty have taken at most. */
export interface Latency {
  readonly calls: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** How many calls took `le` seconds at most. */
export interface Bucket {
  readonly le: number;
  readonly count: number;
}

interface Sample {
  readonly value: number;
  readonly labels: Readonly<Partial<Record<string, string | number>>>;
}

/** The buckets of each tool in what a histogram says, by their bounds. */
export function bucketsOf(samples: readonly Sample[]): ReadonlyMap<string, readonly Bucket[]> {
  const found = new Map<string, Bucket[]>();
  for (const { value, labels } of samples) {
    if (labels['le'] === undefined) continue;
    const tool = String(labels['tool_name']);
    const buckets = found.get(tool) ?? [];
    found.set(tool, buckets);
    buckets.push({ le: labels['le'] === '+Inf' ? Infinity : Number(labels['le']), count: value });
  }
  for (const buckets of found.values()) buckets.sort((a, b) => a.le - b.le);
  return found;
}

export const latencyOf = (buckets: readonly Bucket[]): Latency => ({
  calls: buckets.at(-1)?.count ?? 0,
  p50Ms: quantileMs(buckets, 0.5),
  p95Ms: quantileMs(buckets, 0.95),
});

/** As `histogram_quantile` of Prometheus has it: even within a bucket; the last bound for what is beyond it. */
function quantileMs(buckets: readonly Bucket[], quantile: number): number {
  const rank = quantile * (buckets.at(-1)?.count ?? 0);
  let [below, bound] = [0, 0];
  for (const { le, count } of buckets) {
    if (count >= rank && count > below) {
      const seconds = le === Infinity ? bound : bound + ((le - bound) * (rank - below)) / (count - below);
      return Math.round(seconds * 100_000) / 100;
    }
    [below, bound] = [count, le];
  }
  return 0;
}
