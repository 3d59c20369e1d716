import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditSettings } from './audit-settings.js';
import type { Configuration } from './configuration.js';
import { ConfigurationError, loadConfiguration, type Transport } from './configuration.loader.js';
import { Environment } from './environment.js';

const API_KEY = 'a-key-0123456789abcdef0123456789abcdef';
const SECRET = 's'.repeat(32);
const [KEY, FORMER_KEY] = ['k'.repeat(32), 'l'.repeat(64)];
const DERIVED = /^AUDIT_KEY is not set: the key .* is made from the other secrets.*openssl rand -hex 32/;

describe(AuditSettings.name, () => {
  const directory = mkdtempSync(join(tmpdir(), 'mcpo-audit-settings-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const fileWith = (text: string): string => {
    const path = join(directory, 'audit-keys');
    writeFileSync(path, text);
    return path;
  };
  const load = (variables: Record<string, string>, transport: Transport = 'http'): Configuration =>
    loadConfiguration({ MCP_API_KEYS: API_KEY, ...variables }, { transport });
  const production = (variables: Record<string, string> = {}, transport?: Transport): Configuration =>
    load({ NODE_ENV: 'production', PROBE_POLICY: 'open', ...variables }, transport);
  /** For what the loader refuses for other reasons before it comes to the trail. */
  const environmentOf = (members: Partial<Environment>): Environment =>
    Object.assign(new Environment(), { NODE_ENV: 'production', ...members });
  const problemsOf = (work: () => unknown): readonly string[] => {
    try {
      work();
    } catch (error) {
      if (error instanceof ConfigurationError) return error.problems;
      throw error;
    }
    return [];
  };

  describe('in production', () => {
    it('the trail goes to standard output, and its key is made from the API keys, with a warning', () => {
      const { audit, warnings } = production();
      expect(audit.destination).toBe('stdout');
      expect(audit.keys).toEqual([expect.stringMatching(/^[\da-f]{64}$/)]);
      expect(warnings).toEqual([expect.stringMatching(DERIVED)]);
    });

    it.each([
      ['a file', { AUDIT_LOG: '/tmp/audit.jsonl' }],
      ['standard output', { AUDIT_LOG: 'stdout' }],
      ['another secret to make it from', { MCP_STATE_SECRET: SECRET }],
    ])('a key that is made from other secrets is warned of with %s', (_what, variables) => {
      expect(production(variables).warnings).toEqual([expect.stringMatching(DERIVED)]);
    });

    it.each([
      ['AUDIT_KEY', () => ({ AUDIT_KEY: KEY }), [KEY]],
      ['AUDIT_KEY_FILE', () => ({ AUDIT_KEY_FILE: fileWith(`${KEY}\n`) }), [KEY]],
    ])('nothing is warned of with %s', (_name, variables, keys) => {
      const { audit, warnings } = production(variables());
      expect([audit.keys, warnings]).toEqual([keys, []]);
    });

    it('nothing is warned of, or refused, without a trail', () => {
      expect(production({ AUDIT_LOG: 'off' }).warnings).toEqual([]);
      const environment = environmentOf({ MCP_API_KEYS: [], AUDIT_LOG: 'off' });
      const { problems, warnings } = new AuditSettings(environment, false);
      expect([problems, warnings]).toEqual([[], []]);
    });

    it.each([
      ['there is no secret to make the key from', []],
      ['the default key is the only one', ['dev-key-12345']],
      ['the default key is one of several', [API_KEY, 'dev-key-12345']],
    ])('is refused without a key of its own where %s', (_what, MCP_API_KEYS) => {
      const { problems } = new AuditSettings(environmentOf({ MCP_API_KEYS }), false);
      expect(problems).toEqual([
        expect.stringMatching(/^AUDIT_KEY is not set, and there is no other secret .*openssl rand -hex 32/),
      ]);
    });

    it('starts without API keys where there is a secret, or a key of the trail', () => {
      for (const members of [{ MCP_STATE_SECRET: SECRET }, { AUDIT_KEY: KEY }, { AUDIT_KEY_FILE: '/a' }]) {
        expect(new AuditSettings(environmentOf({ MCP_API_KEYS: [], ...members }), false).problems).toEqual(
          [],
        );
      }
    });

    it('over stdio there is no trail unless it is asked for', () => {
      expect(production({}, 'stdio').audit.destination).toBe('off');
      expect(production({ AUDIT_LOG: 'stdout' }, 'stdio').audit.destination).toBe('stdout');
    });
  });

  it.each(['development', 'test'])(
    'warns of nothing in %s, where there is no trail by default',
    (NODE_ENV) => {
      expect(load({ NODE_ENV })).toMatchObject({ audit: { destination: 'off' }, warnings: [] });
      expect(load({ NODE_ENV, AUDIT_LOG: 'stdout' })).toMatchObject({ warnings: [] });
    },
  );

  describe('AUDIT_KEY_FILE', () => {
    it('has the key that seals, and those that were in use before', () => {
      const file = fileWith(`# since November\n${KEY}\n\n  ${FORMER_KEY}  \n`);
      expect(production({ AUDIT_KEY_FILE: file }).audit.keys).toEqual([KEY, FORMER_KEY]);
    });

    it.each([
      ['is empty', ''],
      ['has comments only', `# ${KEY}\n`],
      ['has a key that is too short', `${KEY}\n${'k'.repeat(31)}\n`],
    ])('is refused when it %s, without repeating a key', (_what, text) => {
      const problems = problemsOf(() => production({ AUDIT_KEY_FILE: fileWith(text) }));
      expect(problems).toEqual([expect.stringMatching(/^AUDIT_KEY_FILE is "\/.*one key of 32 characters/)]);
      expect(problems.join()).not.toContain('kkkk');
    });

    it('is refused when it is not there', () => {
      const AUDIT_KEY_FILE = join(directory, 'none');
      expect(problemsOf(() => production({ AUDIT_KEY_FILE }))).toEqual([
        expect.stringMatching(/^AUDIT_KEY_FILE /),
      ]);
    });

    it('is refused when it has no end', () => {
      expect(problemsOf(() => production({ AUDIT_KEY_FILE: '/dev/zero' }))).toEqual([
        expect.stringMatching(/^AUDIT_KEY_FILE is "\/dev\/zero".*one key of 32 characters/),
      ]);
    });

    it('and AUDIT_KEY are not both taken', () => {
      const both = { AUDIT_KEY: KEY, AUDIT_KEY_FILE: fileWith(`${FORMER_KEY}\n`) };
      for (const NODE_ENV of ['production', 'test']) {
        expect(problemsOf(() => load({ NODE_ENV, ...both }))).toEqual([
          'AUDIT_KEY and AUDIT_KEY_FILE are both set: keep one of them',
        ]);
      }
    });
  });

  it('refuses a short AUDIT_KEY without repeating it', () => {
    const problems = problemsOf(() => production({ AUDIT_KEY: 'planted' }));
    expect(problems).toEqual([expect.stringMatching(/^AUDIT_KEY is too short/)]);
    expect(problems.join()).not.toContain('planted');
  });

  it('makes the same key in all replicas, another one for other secrets, and never one that is used elsewhere', () => {
    const keyOf = (variables: Record<string, string>): string | undefined =>
      production(variables).audit.keys[0];
    const other = 'b-key-0123456789abcdef0123456789abcdef';
    expect(keyOf({ MCP_API_KEYS: `${API_KEY},${other}` })).toBe(
      keyOf({ MCP_API_KEYS: `${other}, ${API_KEY}` }),
    );
    expect(keyOf({ MCP_STATE_SECRET: SECRET })).toBe(
      keyOf({ MCP_STATE_SECRET: SECRET, MCP_API_KEYS: other }),
    );
    expect(keyOf({})).not.toBe(keyOf({ MCP_STATE_SECRET: SECRET }));
    expect(keyOf({})).not.toBe(Buffer.from(production().mcp.stateKey).toString('hex'));
  });

  it.each(['off', 'stdout'])('refuses AUDIT_REQUIRED with AUDIT_LOG=%s', (AUDIT_LOG) => {
    expect(problemsOf(() => production({ AUDIT_REQUIRED: 'true', AUDIT_KEY: KEY, AUDIT_LOG }))).toEqual([
      expect.stringMatching(/^AUDIT_REQUIRED is true and AUDIT_LOG is not a path/),
    ]);
  });
});
