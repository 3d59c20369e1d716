import { Counter, Gauge, Histogram } from 'prom-client';
import { MAX_NAMES, ToolMetrics } from './tool.metrics.js';

describe(ToolMetrics.name, () => {
  it('has no series for every name that there has ever been', async () => {
    const settings = { help: 'Under test.', registers: [] };
    const calls = new Counter({ ...settings, name: 'calls', labelNames: ['tool_name', 'outcome'] });
    const duration = new Histogram({
      ...settings,
      name: 'duration',
      labelNames: ['tool_name'],
      buckets: [1],
    });
    const sut = new ToolMetrics(duration, calls, new Gauge({ ...settings, name: 'in_flight' }));
    for (let name = 0; name < MAX_NAMES + 50; name += 1) sut.finished(`big_${name}`, 'ok', 0.1, 0);
    sut.refused('big_0', 'ok');
    sut.refused('big_later', 'ok');
    const { values } = await calls.get();
    expect(values).toHaveLength(MAX_NAMES + 1);
    expect(values.find(({ labels }) => labels['tool_name'] === 'other')?.value).toBe(51);
    expect(values.find(({ labels }) => labels['tool_name'] === 'big_0')?.value).toBe(2);
  });
});
