import { Environment } from './environment.js';
import { productionProblems, warningsFor } from './safety.js';

const STRONG = 'f'.repeat(64);

const environment = (members: Partial<Environment>): Environment =>
  Object.assign(new Environment(), { MCP_API_KEYS: [STRONG], ...members });
const production = (members: Partial<Environment>): Environment =>
  environment({ NODE_ENV: 'production', ...members });

describe(productionProblems.name, () => {
  it.each([
    ['no key', []],
    ['the default key', ['dev-key-12345']],
    ['the default key among others', [STRONG, 'dev-key-12345']],
    ['a key of 7 characters', ['1234567']],
    ['an obvious key', ['x']],
  ])('refuses production with %s, and says how to mint one', (_what, MCP_API_KEYS) => {
    const problems = productionProblems(production({ MCP_API_KEYS }));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^MCP_API_KEYS .*openssl rand -hex 32/);
  });

  it('needs no MCP_API_KEYS beside a keys file, but a secret that the replicas share', () => {
    const MCP_API_KEYS_FILE = '/etc/keys.json';
    const fileAlone = production({ MCP_API_KEYS: [], MCP_API_KEYS_FILE });
    expect(productionProblems(fileAlone)).toEqual([expect.stringMatching(/^MCP_STATE_SECRET /)]);
    expect(productionProblems(Object.assign(fileAlone, { MCP_STATE_SECRET: 's'.repeat(32) }))).toEqual([]);
    expect(productionProblems(production({ MCP_API_KEYS_FILE }))).toEqual([]);
    const withDefault = production({ MCP_API_KEYS: ['dev-key-12345'], MCP_API_KEYS_FILE });
    expect(productionProblems(withDefault)).toEqual([expect.stringMatching(/^MCP_API_KEYS /)]);
  });

  it('tells short keys apart by their place, never by their text', () => {
    const problems = productionProblems(production({ MCP_API_KEYS: ['short1', STRONG, 'short22'] }));
    expect(problems).toEqual([
      expect.stringContaining('6 characters (number 1)') as string,
      expect.stringContaining('7 characters (number 3)') as string,
    ]);
    expect(problems.join()).not.toMatch(/short/);
  });

  it.each([['12345678'], ['abcdefghijkl'], ['prod-key-1'], [STRONG]])(
    'lets production start with %s',
    (key) => {
      expect(productionProblems(production({ MCP_API_KEYS: [key] }))).toEqual([]);
    },
  );

  it.each(['development', 'test'] as const)('refuses nothing in %s', (NODE_ENV) => {
    for (const MCP_API_KEYS of [[], ['dev-key-12345'], ['x']]) {
      expect(productionProblems(environment({ NODE_ENV, MCP_API_KEYS }))).toEqual([]);
    }
  });
});

describe(warningsFor.name, () => {
  it.each(['your-api-key', 'your-api-key-1', 'your-api-key-2', 'prod-key-1', 'prod-key-2'])(
    'warns in production of the sample key %s of the guide',
    (key) => {
      const warnings = warningsFor(production({ MCP_API_KEYS: [STRONG, key] }));
      expect(warnings).toEqual([expect.stringMatching(/key 2 .*sample/)]);
      expect(warnings.join()).not.toContain(key);
    },
  );

  it.each([
    [31, 1],
    [32, 0],
  ])('warns in production of a key of %d characters: %d', (length, count) => {
    expect(warningsFor(production({ MCP_API_KEYS: ['k'.repeat(length)] }))).toHaveLength(count);
  });

  it('warns in production when nothing limits the requests', () => {
    expect(warningsFor(production({ RATE_LIMIT_MAX_REQUESTS: 0 }))).toEqual([
      expect.stringContaining('RATE_LIMIT_MAX_REQUESTS') as string,
    ]);
    expect(warningsFor(environment({ RATE_LIMIT_MAX_REQUESTS: 0 }))).toEqual([]);
  });

  it.each([
    ['0.0.0.0', 1],
    ['::', 1],
    ['192.0.2.1', 1],
    ['127.0.0.1', 0],
    ['127.1.2.3', 0],
    ['::1', 0],
  ])('warns outside production of the default key on %s: %d', (BIND_IP, count) => {
    expect(warningsFor(environment({ MCP_API_KEYS: ['dev-key-12345'], BIND_IP }))).toHaveLength(count);
  });

  it('has nothing to say about strong keys', () => {
    expect(warningsFor(production({}))).toEqual([]);
    expect(warningsFor(environment({}))).toEqual([]);
  });
});
