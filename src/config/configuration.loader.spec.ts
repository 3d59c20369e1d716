import type { Configuration } from './configuration.js';
import { ConfigurationError, loadConfiguration } from './configuration.loader.js';

const KEY = 'a-key-0123456789abcdef0123456789abcdef';
const load = (variables: Record<string, string> = {}): Configuration =>
  loadConfiguration({ NODE_ENV: 'test', ...variables });
const problemsOf = (variables: Record<string, string>): readonly string[] => {
  try {
    load(variables);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
};

const DAY = '86400000';
const TOO_LONG_FOR_A_DAY = '86400001';

/** Variable -> how to see it in the configuration, what it may be set to, and what not. */
interface Case {
  readonly read: (config: Configuration) => unknown;
  readonly standard: unknown;
  readonly good: readonly (readonly [string, unknown])[];
  readonly bad: readonly string[];
}

const integer = (
  read: Case['read'],
  standard: number,
  [min, max]: readonly [number | string, number | string],
  below: string,
  above: string,
): Case => ({
  read,
  standard,
  good: [
    [String(min), Number(min)],
    [String(max), Number(max)],
    [` ${max} `, Number(max)],
  ],
  bad: [below, above, '1.5', '1e3', '0x10', '1,000', 'many', '5 ms', 'NaN', 'Infinity', '٣'],
});

const CASES: Readonly<Record<string, Case>> = {
  NODE_ENV: {
    read: ({ environment }) => environment,
    standard: 'test',
    good: [
      ['development', 'development'],
      ['Test', 'test'],
    ],
    bad: ['prod', 'staging', 'production,test'],
  },
  MCP_PORT: integer(({ http }) => http.port, 8000, [0, 65_535], '-1', '65536'),
  BIND_IP: {
    read: ({ http }) => http.host,
    standard: '0.0.0.0',
    good: [
      ['127.0.0.1', '127.0.0.1'],
      ['::', '::'],
      ['::1', '::1'],
    ],
    bad: ['localhost', '256.0.0.1', '0.0.0.0:8000', '[::]', '127.0.0.0/8', '*'],
  },
  MCP_API_KEYS: {
    read: ({ access }) => access.apiKeys.length,
    standard: 1,
    good: [
      [KEY, 1],
      [`${KEY},other-key`, 2],
      [` ${KEY} , , other-key,`, 2],
      [`${KEY},${KEY}`, 1],
      [' , ', 0],
    ],
    bad: ['two words', 'schlüssel', 'tab\tinside', `${KEY},with blank`],
  },
  RATE_LIMIT_WINDOW_MS: integer(
    ({ rateLimit }) => rateLimit.windowMs,
    900_000,
    [1000, DAY],
    '999',
    TOO_LONG_FOR_A_DAY,
  ),
  RATE_LIMIT_MAX_REQUESTS: integer(
    ({ rateLimit }) => rateLimit.maxRequests,
    100,
    [0, 1_000_000_000],
    '-1',
    '1000000001',
  ),
  LOG_LEVEL: {
    read: ({ logging }) => logging.level,
    standard: 'info',
    good: [
      ['debug', 'debug'],
      ['WARN', 'warn'],
      ['silent', 'silent'],
    ],
    bad: ['verbose', 'warning', '30'],
  },
  METRICS_ENABLED: {
    read: ({ metrics }) => metrics.enabled,
    standard: true,
    good: [
      ['true', true],
      ['False', false],
      [' false ', false],
    ],
    bad: ['yes', '1', '0', 'off'],
  },
  CIRCUIT_BREAKER_FAILURE_THRESHOLD: integer(
    ({ circuitBreaker }) => circuitBreaker.failureThreshold,
    5,
    [1, 1000],
    '0',
    '1001',
  ),
  CIRCUIT_BREAKER_RESET_TIMEOUT: integer(
    ({ circuitBreaker }) => circuitBreaker.resetTimeoutMs,
    60_000,
    [100, DAY],
    '99',
    TOO_LONG_FOR_A_DAY,
  ),
  MCP_BODY_LIMIT_BYTES: integer(
    ({ http }) => http.bodyLimitBytes,
    1_048_576,
    [1024, 67_108_864],
    '1023',
    '67108865',
  ),
  TRUST_PROXY: {
    read: ({ http }) => http.trustProxy,
    standard: false,
    good: [
      ['false', false],
      ['0', false],
      ['TRUE', 1],
      ['2', 2],
      ['10.0.0.0/8, loopback', ['10.0.0.0/8', 'loopback']],
    ],
    bad: ['yes', '10.0.0.0/33', '1.5', 'example.com', '-1'],
  },
  ALLOWED_ORIGINS: {
    read: ({ http }) => http.allowedOrigins,
    standard: [],
    good: [
      ['https://app.example.com', ['https://app.example.com']],
      ['http://localhost:3000, https://b.example', ['http://localhost:3000', 'https://b.example']],
    ],
    bad: [
      '*',
      'app.example.com',
      'https://app.example.com/',
      'https://app.example.com/path',
      'null',
      'file:///x',
    ],
  },
  CORS_ORIGINS: {
    read: ({ http }) => http.allowedOrigins,
    standard: [],
    good: [['https://app.example.com', ['https://app.example.com']]],
    bad: ['*', 'https://App.example.com', 'ftp://app.example.com'],
  },
  ALLOWED_HOSTS: {
    read: ({ http }) => http.allowedHosts,
    standard: [],
    good: [
      ['MCP.example.com', ['mcp.example.com']],
      ['mcp.example.com:8443, [::1]:8000', ['mcp.example.com:8443', '[::1]:8000']],
    ],
    bad: ['https://mcp.example.com', 'mcp.example.com/path', '*.example.com', 'a b'],
  },
  TOOL_TIMEOUT_MS: integer(({ tools }) => tools.timeoutMs, 25_000, [100, DAY], '99', TOO_LONG_FOR_A_DAY),
  TOOL_MAX_CONCURRENCY: integer(({ tools }) => tools.maxConcurrency, 64, [1, 10_000], '0', '10001'),
  TOOL_MAX_OUTPUT_BYTES: integer(
    ({ tools }) => tools.maxOutputBytes,
    1_048_576,
    [1024, 67_108_864],
    '1023',
    '67108865',
  ),
  SHUTDOWN_DELAY_MS: integer(({ shutdown }) => shutdown.delayMs, 0, [0, 600_000], '-1', '600001'),
  SHUTDOWN_TIMEOUT_MS: integer(
    ({ shutdown }) => shutdown.timeoutMs,
    30_000,
    [100, 3_600_000],
    '99',
    '3600001',
  ),
};

describe(loadConfiguration.name, () => {
  describe.each(Object.entries(CASES))('%s', (name, { read, standard, good, bad }) => {
    it('has a default, and being set to nothing or to blanks is the same', () => {
      expect(read(load())).toEqual(standard);
      expect(read(load({ [name]: name === 'NODE_ENV' ? 'test' : '' }))).toEqual(standard);
      expect(read(load({ [name]: name === 'NODE_ENV' ? 'test' : ' \t ' }))).toEqual(standard);
    });

    it.each(good)('may be %p', (text, expected) => {
      expect(read(load({ [name]: text }))).toEqual(expected);
    });

    it.each(bad)('may not be %p, and one problem says so by name', (text) => {
      const problems = problemsOf({ [name]: text });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(new RegExp(`^${name} `));
    });
  });

  it('has the defaults of the guide', () => {
    expect(loadConfiguration({})).toMatchObject({
      environment: 'development',
      http: { port: 8000, host: '0.0.0.0' },
      rateLimit: { windowMs: 900_000, maxRequests: 100 },
      logging: { level: 'info' },
      metrics: { enabled: true },
      circuitBreaker: { failureThreshold: 5, resetTimeoutMs: 60_000 },
    });
  });

  it('takes ALLOWED_ORIGINS and CORS_ORIGINS for one list', () => {
    const config = load({
      ALLOWED_ORIGINS: 'https://a.example,https://b.example',
      CORS_ORIGINS: 'https://b.example,https://c.example',
    });
    expect(config.http.allowedOrigins).toEqual([
      'https://a.example',
      'https://b.example',
      'https://c.example',
    ]);
  });

  it('keeps the digests of keys, and not the keys', () => {
    const config = load({ MCP_API_KEYS: KEY });
    expect(config.access.apiKeys).toEqual([
      {
        digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/) as string,
      },
    ]);
    expect(JSON.stringify(config)).not.toContain(KEY);
  });

  it('never repeats a key in a problem', () => {
    const [problem] = problemsOf({ MCP_API_KEYS: 'secret one' });
    expect(problem).toMatch(/openssl rand -hex 32/);
    expect(problem).not.toContain('secret');
  });

  it('ignores variables that are none of its own', () => {
    expect(load({ PATH: '/bin', MCP_PROT: 'typo', constructor: 'x', toString: 'y' })).toEqual(load());
  });

  it('reports all problems in one message, each with a remedy', () => {
    let message = '';
    try {
      load({ MCP_PORT: 'x', LOG_LEVEL: 'y', TRUST_PROXY: 'z' });
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message.split('\n')).toEqual([
      'The configuration cannot be used (3 problems):',
      expect.stringMatching(/^ {2}- MCP_PORT is "x": set it to .+ from 0 to 65535\.$/),
      expect.stringMatching(/^ {2}- LOG_LEVEL is "y": set it to one of .+\.$/),
      expect.stringMatching(/^ {2}- TRUST_PROXY is "z": set it to .+\.$/),
    ]);
  });

  it('says "1 problem" when there is one', () => {
    expect(() => load({ MCP_PORT: 'x' })).toThrow(/^The configuration cannot be used \(1 problem\):/);
  });

  it('answers something that cannot be changed, at any depth', () => {
    const config = load({ TRUST_PROXY: 'loopback' }) as unknown as {
      http: { port: number; trustProxy: string[] };
    };
    expect(() => {
      config.http.port = 1;
    }).toThrow(TypeError);
    expect(() => config.http.trustProxy.push('0.0.0.0/0')).toThrow(TypeError);
  });
});
