import { ConfigurationError, loadConfiguration } from './configuration.loader.js';

const ISSUER = 'https://auth.example.com';
const PUBLIC_URL = 'https://mcp.example.com';
const ON = { OAUTH_ISSUER: ISSUER, PUBLIC_URL, AUDIT_LOG: 'off', MCP_STATE_SECRET: 's'.repeat(32) };

const problemsOf = (variables: Record<string, string>): readonly string[] => {
  try {
    loadConfiguration(variables);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
};

describe('The configuration of OAuth', () => {
  it.each(['development', 'production'])(
    'is refused in %s when nothing says what tokens are for',
    (NODE_ENV) => {
      const variables = { ...ON, NODE_ENV, PUBLIC_URL: '' };
      expect(problemsOf(variables)).toEqual([expect.stringMatching(/^PUBLIC_URL is not set/)]);
      expect(problemsOf({ ...variables, OAUTH_AUDIENCE: 'api://x' })).toHaveLength(1);
    },
  );

  it('is refused when one key set would vouch for several issuers', () => {
    const variables = {
      PUBLIC_URL,
      OAUTH_ISSUER: `${ISSUER},https://b.example`,
      OAUTH_JWKS_URL: `${ISSUER}/keys`,
    };
    expect(problemsOf(variables)).toEqual([expect.stringMatching(/^OAUTH_JWKS_URL is set beside several/)]);
  });

  it.each(['OAUTH_ISSUER', 'PUBLIC_URL', 'OAUTH_JWKS_URL'])(
    'is refused in production when %s has http',
    (name) => {
      const variables = { NODE_ENV: 'production', ...ON, [name]: 'http://10.0.0.1' };
      expect(problemsOf(variables)).toEqual([
        expect.stringMatching(new RegExp(`^${name} is http://10.0.0.1, .*https`)),
      ]);
      expect(problemsOf({ ...variables, NODE_ENV: 'development' })).toEqual([]);
    },
  );

  it.each(['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000'])(
    'may name %s in production: it does not leave the machine',
    (url) => {
      expect(problemsOf({ NODE_ENV: 'production', ...ON, OAUTH_ISSUER: url })).toEqual([]);
    },
  );

  it('makes API keys needless, and the default key none', () => {
    expect(problemsOf({ NODE_ENV: 'production' })[0]).toMatch(/^MCP_API_KEYS is not set/);
    for (const NODE_ENV of ['production', 'development']) {
      const { access, warnings } = loadConfiguration({ NODE_ENV, PROBE_POLICY: 'open', ...ON });
      expect({ keys: access.apiKeys, needsKey: access.needsKey, warnings }).toEqual({
        keys: [],
        needsKey: false,
        warnings: [],
      });
    }
    const withKeys = { NODE_ENV: 'production', ...ON, MCP_API_KEYS: `dev-key-12345,${'k'.repeat(40)}` };
    expect(problemsOf(withKeys)).toEqual([expect.stringMatching(/default development key/)]);
  });

  it('has no keys to make a secret from, so production wants one', () => {
    const variables = { NODE_ENV: 'production', ...ON, MCP_STATE_SECRET: '' };
    expect(problemsOf(variables)).toEqual([expect.stringMatching(/^MCP_STATE_SECRET is not set/)]);
    const keyOf = (): string =>
      Buffer.from(loadConfiguration({ ...variables, NODE_ENV: 'development' }).mcp.stateKey).toString('hex');
    expect(keyOf()).not.toBe(keyOf());
  });
});
