import { ServerProcess } from '../helpers/server-process.js';
import { ServersFile } from '../helpers/upstreams.js';

/** sysexits.h, EX_CONFIG. */
const EX_CONFIG = 78;
const STRONG_KEY = '0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0';

describe('The configuration of the process', () => {
  let server: ServerProcess;

  afterEach(() => ServerProcess.endAll());

  const refusal = async (env: Record<string, string>): Promise<string> => {
    server = ServerProcess.spawn({ MCP_PORT: '0', BIND_IP: '127.0.0.1', ...env });
    expect(await server.exit()).toBe(EX_CONFIG);
    expect(server.stdout).toBe('');
    return server.stderr;
  };
  const warnings = async (env: Record<string, string>): Promise<unknown[]> => {
    server = await ServerProcess.listening(env);
    return server.lines.filter(({ level }) => level === 'WARN').map(({ message }) => message);
  };

  it('is refused with 78 where the upstreams file cannot be read as a whole, with each line once', async () => {
    const file = new ServersFile();
    file.writeText(
      '{\n  "servers": {\n    "a": { "command": "x" "args": ["s3cret"] },\n    "b" { "url": "http://x" }\n  }\n}\n',
    );
    const message = await refusal({ MCP_SERVERS_FILE: file.path });
    file.remove();
    expect(message.trimEnd().split('\n')).toEqual([
      'The configuration cannot be used (2 problems):',
      '  - MCP_SERVERS_FILE: line 3: the file is not JSON: a comma is missing.',
      '  - MCP_SERVERS_FILE: line 4: the file is not JSON: a colon is missing.',
    ]);
  });

  it('is refused with 78 and one message that lists every problem and how to mend it', async () => {
    const message = await refusal({
      NODE_ENV: 'production',
      MCP_PORT: 'eight thousand',
      BIND_IP: 'localhost',
      LOG_LEVEL: 'loud',
      METRICS_ENABLED: 'maybe',
      RATE_LIMIT_WINDOW_MS: '-5',
      CIRCUIT_BREAKER_FAILURE_THRESHOLD: '0',
      TRUST_PROXY: 'everybody',
      ALLOWED_ORIGINS: 'https://app.example.com/path',
    });
    const lines = message.trimEnd().split('\n');
    expect(lines[0]).toBe('The configuration cannot be used (9 problems):');
    expect(lines).toHaveLength(10);
    for (const name of [
      'MCP_PORT',
      'BIND_IP',
      'LOG_LEVEL',
      'METRICS_ENABLED',
      'RATE_LIMIT_WINDOW_MS',
      'CIRCUIT_BREAKER_FAILURE_THRESHOLD',
      'TRUST_PROXY',
      'ALLOWED_ORIGINS',
      'MCP_API_KEYS',
    ]) {
      expect(lines.filter((line) => line.startsWith(`  - ${name} `))).toHaveLength(1);
    }
  });

  it('is refused with the hint of the installation below, as it is', async () => {
    const hint = 'Make the file:\n  echo "MCP_API_KEYS=$(openssl rand -hex 32)" > environment';
    const message = await refusal({ NODE_ENV: 'production', CONFIGURATION_HINT: `${hint}\n` });
    expect(message).toContain('(1 problem)');
    expect(message.endsWith(`.\n${hint}\n`)).toBe(true);
  });

  describe('in production', () => {
    it.each([
      ['no MCP_API_KEYS', {}],
      ['an empty MCP_API_KEYS', { MCP_API_KEYS: '' }],
      ['only commas in MCP_API_KEYS', { MCP_API_KEYS: ' , ,' }],
      ['the default key', { MCP_API_KEYS: 'dev-key-12345' }],
      ['the default key among others', { MCP_API_KEYS: `${STRONG_KEY},dev-key-12345` }],
      ['a key of 7 characters', { MCP_API_KEYS: `${STRONG_KEY},abcdefg` }],
    ])('does not start with %s', async (_what, env) => {
      const message = await refusal({ NODE_ENV: 'production', ...env });
      expect(message).toMatch(/MCP_API_KEYS/);
      expect(message).toMatch(/openssl rand -hex 32/);
      expect(message).not.toMatch(/abcdefg|0f1e2d3c|dev-key/);
    });

    const PRODUCTION = {
      NODE_ENV: 'production',
      PROBE_POLICY: 'open',
      AUDIT_KEY: 'an-audit-key-of-the-tests-0123456789',
    };

    it('starts with a key of 12 characters, and warns', async () => {
      expect(await warnings({ ...PRODUCTION, MCP_API_KEYS: 'abcdefghijkl' })).toEqual([
        expect.stringMatching(/MCP_API_KEYS.*32 characters/),
      ]);
      expect(server.stdout).not.toContain('abcdefghijkl');
    });

    it("starts with the guide's own sample keys, and warns of each", async () => {
      const seen = await warnings({ ...PRODUCTION, MCP_API_KEYS: 'prod-key-1,prod-key-2' });
      expect(seen).toEqual([
        expect.stringMatching(/key 1 .*sample/),
        expect.stringMatching(/key 2 .*sample/),
      ]);
      expect(server.stdout).not.toContain('prod-key');
    });

    it('starts without a warning with a key as the guide mints it', async () => {
      expect(await warnings({ ...PRODUCTION, MCP_API_KEYS: STRONG_KEY })).toEqual([]);
      expect(server.stdout).not.toContain(PRODUCTION.AUDIT_KEY);
      expect(await server.says('Listening')).toMatchObject({ environment: 'production' });
    });
  });

  it('warns in production of no key for the audit trail, and of no policy for probes', async () => {
    expect(await warnings({ NODE_ENV: 'production', MCP_API_KEYS: STRONG_KEY })).toEqual([
      expect.stringMatching(/AUDIT_KEY/),
      expect.stringMatching(/PROBE_POLICY/),
    ]);
  });

  it('is refused with 78 where everybody may say where they come from', async () => {
    const message = await refusal({ TRUST_PROXY: '0.0.0.0/0' });
    expect(message).toMatch(
      /^ {2}- TRUST_PROXY is "0\.0\.0\.0\/0": .*none larger than \/8, .*anybody in it could forge/m,
    );
  });

  it('may have the default key in development, with a warning where others can reach it', async () => {
    expect(await warnings({ MCP_API_KEYS: '', BIND_IP: '127.0.0.1' })).toEqual([]);
    await ServerProcess.endAll();
    expect(await warnings({ MCP_API_KEYS: '', BIND_IP: '0.0.0.0' })).toEqual([
      expect.stringMatching(/default development key.*0\.0\.0\.0/),
    ]);
    const response = await fetch(`${server.url}/mcp`, {
      method: 'POST',
      headers: { 'x-api-key': 'dev-key-12345' },
      body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
    });
    expect(response.status).toBe(200);
  });
});
