import { VARIABLE_CASES } from '../../test/helpers/configuration-cases.js';
import type { Configuration } from './configuration.js';
import {
  ConfigurationError,
  configurationHint,
  environmentVariable,
  loadConfiguration,
} from './configuration.loader.js';
import { Environment } from './environment.js';

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

describe(loadConfiguration.name, () => {
  it('has a case below for every variable', () => {
    // The hint is for where there is no configuration.
    const { CONFIGURATION_HINT: _hint, ...variables } = new Environment();
    expect(Object.keys(VARIABLE_CASES).sort()).toEqual(Object.keys(variables).sort());
  });

  it('reads CONFIGURATION_HINT also where nothing else can be read', () => {
    expect(configurationHint({})).toBe('');
    expect(configurationHint({ MCP_PORT: 'none', CONFIGURATION_HINT: ' Ask\n  Alice \n' })).toBe(
      'Ask\n  Alice',
    );
  });

  describe.each(Object.entries(VARIABLE_CASES))('%s', (name, { read, standard, good, bad, beside }) => {
    // The tests run under NODE_ENV=test: that stands for the default of this one.
    const unset = name === 'NODE_ENV' ? [] : ['', ' \t '];

    it('has a default, and being set to nothing or to blanks is the same', () => {
      expect(read(load())).toEqual(standard);
      for (const text of unset) expect(read(load({ [name]: text }))).toEqual(standard);
    });

    it.each(good)('may be %p', (text, expected) => {
      expect(read(load({ ...beside, [name]: text }))).toEqual(expected);
    });

    it.each(bad)('may not be %p, and one problem says so by name', (text) => {
      const problems = problemsOf({ ...beside, [name]: text });
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

  it.each([
    ['MCP_API_KEYS', 'planted one'],
    ['MCP_STATE_SECRET', 'planted'],
    ['REDIS_URL', 'http://user:planted@host'],
  ])('never repeats the secret in %s in a problem', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).not.toContain('planted');
  });

  it('has no key by default beside a keys file, and no state key that others could know', () => {
    const withFile = (): Configuration => load({ MCP_API_KEYS_FILE: '/etc/keys.json' });
    expect(withFile().access.apiKeys).toEqual([]);
    expect(withFile().mcp.stateKey).not.toEqual(withFile().mcp.stateKey);
    const both = { MCP_API_KEYS_FILE: '/etc/keys.json', MCP_API_KEYS: KEY };
    expect(load(both).access.apiKeys).toHaveLength(1);
    expect(load(both).mcp.stateKey).toEqual(load({ MCP_API_KEYS: KEY }).mcp.stateKey);
  });

  it('makes a state key that all replicas share, and that nobody else can know', () => {
    const keyOf = (variables: Record<string, string>): string =>
      Buffer.from(load(variables).mcp.stateKey).toString('hex');
    const [a, b] = ['a'.repeat(32), 'b'.repeat(32)];
    expect(keyOf({ MCP_API_KEYS: `${a},${b}` })).toBe(keyOf({ MCP_API_KEYS: `${b}, ${a}` }));
    expect(keyOf({ MCP_STATE_SECRET: a })).toBe(keyOf({ MCP_STATE_SECRET: a, MCP_API_KEYS: b }));
    const keys = [
      keyOf({ MCP_API_KEYS: a }),
      keyOf({ MCP_API_KEYS: `${a},${b}` }),
      keyOf({ MCP_STATE_SECRET: b }),
    ];
    expect(new Set(keys).size).toBe(3);
  });

  it('ignores variables that are none of its own', () => {
    expect(load({ PATH: '/bin', MPC_PORT: 'typo', constructor: 'x', toString: 'y' })).toEqual(load());
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

describe(environmentVariable, () => {
  it('knows what is set, and nothing that an object has by birth', () => {
    expect(environmentVariable('PATH')).toBe(process.env['PATH']);
    expect(environmentVariable('constructor')).toBeUndefined();
    expect(environmentVariable('NOT_SET_ANYWHERE')).toBeUndefined();
  });
});
