import { startServer, type TestServer } from '../helpers/app.js';
import { legacy, legacyCall } from '../helpers/mcp-requests.js';
import { type Exposition, parseMetrics, scrape, valueOf } from '../helpers/prometheus-text.js';
import { TestToolsModule } from '../helpers/test-tools.module.js';

/** The block of the guide, word for word. */
const GUIDE = `
# Request metrics
mcpo_requests_total{method="POST",status="200"} 150

# Response time histograms
mcpo_request_duration_seconds_bucket{method="POST",status="200",le="1"} 140

# Circuit breaker status
mcpo_circuit_breaker_state 0

# Tool execution times
mcpo_tool_execution_time_seconds_sum{tool_name="network_interfaces"} 45.2
`;

describe('The metrics of the guide', () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await startServer({ modules: [TestToolsModule] });
  });
  afterEach(() => server.close());

  const bounds = ({ samples }: Exposition, name: string): string[] => [
    ...new Set(
      samples.filter((sample) => sample.name === `${name}_bucket`).map(({ labels }) => labels['le']!),
    ),
  ];

  it('are all there, with the names and labels of the guide', async () => {
    await server.callTool('network_interfaces');
    const scraped = await scrape(server.url);
    const missing = parseMetrics(GUIDE).samples.filter(
      ({ name, labels }) => valueOf(scraped, name, labels) === undefined,
    );
    expect(missing).toEqual([]);
  });

  it('are in the text format of Prometheus, with a type and a help text each', async () => {
    const response = await fetch(`${server.url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const { samples, types, help } = parseMetrics(await response.text());
    for (const name of new Set(samples.map((sample) => sample.name))) {
      const family = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
      expect(types.has(family)).toBe(true);
      expect(help.get(family)).toMatch(/\S/);
    }
    expect(Object.fromEntries([...types].filter(([name]) => name.startsWith('mcpo_')))).toEqual(
      expect.objectContaining({
        mcpo_requests_total: 'counter',
        mcpo_request_duration_seconds: 'histogram',
        mcpo_circuit_breaker_state: 'gauge',
        mcpo_tool_execution_time_seconds: 'histogram',
      }),
    );
  });

  it('count a request once, in the counter, in the histogram and in no other status', async () => {
    for (let sent = 0; sent < 7; sent += 1) await server.mcp(legacy('ping'));
    const scraped = await scrape(server.url);
    const labels = { method: 'POST', status: '200' };
    expect(valueOf(scraped, 'mcpo_requests_total', labels)).toBe(7);
    expect(valueOf(scraped, 'mcpo_request_duration_seconds_count', labels)).toBe(7);
    expect(valueOf(scraped, 'mcpo_request_duration_seconds_bucket', { ...labels, le: '+Inf' })).toBe(7);
    const others = scraped.samples.filter(
      (sample) => sample.name === 'mcpo_requests_total' && sample.labels['status'] !== '200',
    );
    expect(others).toEqual([]);
  });

  it('have histogram buckets that only grow, among them 0.5 s and 1 s', async () => {
    await server.callTool('test_echo', { text: 'a' });
    const scraped = await scrape(server.url);
    for (const name of ['mcpo_request_duration_seconds', 'mcpo_tool_execution_time_seconds']) {
      const known = bounds(scraped, name);
      expect(known).toEqual(expect.arrayContaining(['0.5', '1', '+Inf']));
      const numbers = known.map((bound) => (bound === '+Inf' ? Infinity : Number(bound)));
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
    const buckets = scraped.samples.filter(
      ({ name, labels }) =>
        name === 'mcpo_tool_execution_time_seconds_bucket' && labels['tool_name'] === 'test_echo',
    );
    const counts = buckets.map(({ value }) => value);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(counts.at(-1)).toBe(1);
  });

  it('time every run of a tool, and count its outcome', async () => {
    await server.callTool('test_echo', { text: 'a' });
    await server.callTool('test_echo', { text: 5 });
    await server.callTool('test_fail');
    await server.callTool('test_break');
    await server.mcp(legacyCall('no_such_tool', {}));
    const scraped = await scrape(server.url);
    const calls = scraped.samples.filter(({ name }) => name === 'mcpo_tool_calls_total');
    const outcomes = calls.map(({ labels, value }) => `${labels['tool_name']} ${labels['outcome']} ${value}`);
    expect(outcomes.sort()).toEqual([
      'test_break internal_error 1',
      'test_echo invalid_arguments 1',
      'test_echo ok 1',
      'test_fail host_not_found 1',
    ]);
    const time = (tool: string): number | undefined =>
      valueOf(scraped, 'mcpo_tool_execution_time_seconds_count', { tool_name: tool });
    // What was refused for its arguments has not run.
    expect([time('test_echo'), time('test_fail'), time('no_such_tool')]).toEqual([1, 1, undefined]);
    expect(valueOf(scraped, 'mcpo_tool_calls_in_flight')).toBe(0);
  });

  it('time the start of programs of the host, and the readings of its tables', async () => {
    await server.callTool('network_route_table');
    await server.callTool('network_interfaces');
    const scraped = await scrape(server.url);
    const reading = { table: 'routes', outcome: 'ok' };
    expect(valueOf(scraped, 'mcpo_kernel_table_reading_seconds_count', reading)).toBe(1);
    expect(valueOf(scraped, 'mcpo_program_start_seconds_count', { program: 'ip' })).toBeGreaterThanOrEqual(2);
  });

  it('have a circuit breaker state of 0 while nothing is open', async () => {
    expect(valueOf(await scrape(server.url), 'mcpo_circuit_breaker_state')).toBe(0);
  });

  it('give a client no way to invent label values', async () => {
    for (const method of ['PROPFIND', 'MKCOL', 'TRACE']) {
      await fetch(`${server.url}/mcp`, { method: method === 'TRACE' ? 'PATCH' : method });
    }
    await fetch(`${server.url}/some/path/${Math.random()}`);
    const scraped = await scrape(server.url);
    const requests = scraped.samples.filter(({ name }) => name === 'mcpo_requests_total');
    expect(requests.map(({ labels, value }) => [labels['method'], labels['status'], value])).toEqual(
      expect.arrayContaining([
        ['OTHER', '401', 2],
        ['PATCH', '401', 1],
        ['GET', '404', 1],
      ]),
    );
  });

  it('bring those of the process along', async () => {
    const scraped = await scrape(server.url);
    expect(valueOf(scraped, 'process_resident_memory_bytes')).toBeGreaterThan(0);
  });
});

describe('METRICS_ENABLED=false', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ env: { METRICS_ENABLED: 'false' }, modules: [TestToolsModule] });
  });
  afterAll(() => server.close());

  it('takes /metrics away', async () => {
    const response = await fetch(`${server.url}/metrics`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });

  it('collects nothing, and serves all the same', async () => {
    expect((await server.callTool('test_echo', { text: 'a' })).content).toEqual([
      { type: 'text', text: 'a' },
    ]);
    expect((await fetch(`${server.url}/mcp`)).status).toBe(401);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    const { register } = await import('prom-client');
    expect(register.getMetricsAsArray()).toEqual([]);
  });
});
