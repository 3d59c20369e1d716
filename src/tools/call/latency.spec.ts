import { Histogram } from 'prom-client';
import { bucketsOf, latencyOf } from './latency.js';

describe(latencyOf.name, () => {
  const latenciesOf = async (...seconds: number[]): Promise<object | undefined> => {
    const histogram = new Histogram({
      name: 'test_seconds',
      help: 'Test.',
      labelNames: ['tool_name'],
      buckets: [0.1, 1, 10],
      registers: [],
    });
    for (const one of seconds) histogram.observe({ tool_name: 'a' }, one);
    histogram.observe({ tool_name: 'b' }, 5);
    const { values } = await histogram.get();
    return latencyOf(bucketsOf(values).get('a')!);
  };

  it.each([
    ['one call, in the middle of its bucket', [0.05], { calls: 1, p50Ms: 50, p95Ms: 95 }],
    ['half in one bucket and half in the next', [0.05, 0.05, 0.5, 0.5], { calls: 4, p50Ms: 100, p95Ms: 910 }],
    ['buckets without a call between', [0.05, 5], { calls: 2, p50Ms: 100, p95Ms: 9100 }],
    ['calls beyond the last bound', [20, 30], { calls: 2, p50Ms: 10_000, p95Ms: 10_000 }],
  ])('tells of %s', async (_what, seconds, latency) => {
    expect(await latenciesOf(...seconds)).toEqual(latency);
  });

  it('is zero where nothing was called', () => {
    expect(latencyOf([])).toEqual({ calls: 0, p50Ms: 0, p95Ms: 0 });
  });
});
