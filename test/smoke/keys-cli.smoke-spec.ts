import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiKeyDigest } from '../../src/core/api-key-digest.js';
import { isWholeApiKey } from '../../src/core/api-key-format.js';
import { ServerProcess } from '../helpers/server-process.js';
import { waitFor } from '../helpers/wait-for.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface StoredKey {
  readonly name: string;
  readonly digest: string;
  readonly expires?: string;
  readonly previous?: readonly { digest: string; expires: string }[];
  readonly [member: string]: unknown;
}

describe('mcpo-mcp-server keys', () => {
  let directory: string;
  let path: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'mcpo-keys-cli-'));
    path = join(directory, 'keys.json');
  });
  afterEach(async () => {
    await ServerProcess.endAll();
    rmSync(directory, { recursive: true, force: true });
  });

  const keys = (...args: string[]): Promise<Ran> => keysWith({ MCP_API_KEYS_FILE: path }, ...args);
  const keysWith = (env: Record<string, string>, ...args: string[]): Promise<Ran> =>
    new Promise((resolve) => {
      const { PATH = '' } = process.env;
      execFile(
        process.execPath,
        [MAIN, 'keys', ...args],
        { env: { PATH, ...env } },
        (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  const stored = (): StoredKey[] => (JSON.parse(readFileSync(path, 'utf8')) as { keys: StoredKey[] }).keys;
  const mint = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await keys('mint', ...args);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return stdout.trim();
  };

  it('mints a key into a new file of its own mode, and prints the key once', async () => {
    const { code, stdout, stderr } = await keys('mint', '--name', 'alice');
    expect(code).toBe(0);
    const key = stdout.trim();
    expect(stdout).toBe(`${key}\n`);
    expect(isWholeApiKey(key)).toBe(true);
    expect(stderr).toContain('"alice"');
    expect(stderr).not.toContain(key);
    expect(stored()).toEqual([
      {
        name: 'alice',
        digest: apiKeyDigest(key),
        created: expect.any(String) as string,
        scopes: ['tools:call', 'chat'],
      },
    ]);
    expect(readFileSync(path, 'utf8')).not.toContain(key);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['keys.json']);
  });

  it('mints a key with every option, into the file of --file', async () => {
    const other = join(directory, 'other.json');
    const { code, stdout } = await keys(
      ...[
        'mint',
        '--file',
        other,
        '--name',
        'bob',
        '--json',
        '--scope',
        'tools:call:network_*',
        '--scope',
        'admin',
      ],
      ...[
        '--allow',
        'network_*',
        '--deny',
        'network_ping',
        '--deny',
        '*_connections',
        '--limit',
        '5',
        '--window',
        '1m',
      ],
      ...['--expires', '2099-01-31', '--address', '10.0.0.0/8', '--address', '::1'],
    );
    expect(code).toBe(0);
    const shown = JSON.parse(stdout) as { key: string };
    const [entry] = (JSON.parse(readFileSync(other, 'utf8')) as { keys: StoredKey[] }).keys;
    expect(entry).toEqual({
      name: 'bob',
      digest: apiKeyDigest(shown.key),
      created: expect.any(String) as string,
      expires: '2099-01-31T00:00:00.000Z',
      scopes: ['tools:call:network_*', 'admin'],
      tools: { allow: ['network_*'], deny: ['network_ping', '*_connections'] },
      rateLimit: { maxRequests: 5, windowMs: 60_000 },
      addresses: ['10.0.0.0/8', '::1'],
    });
    expect(shown).toMatchObject({ name: 'bob', fingerprint: apiKeyDigest(shown.key).slice(0, 8) });
    expect(existsSync(path)).toBe(false);
  });

  it('takes a span for the time of expiry', async () => {
    await mint('--name', 'alice', '--expires', '90d');
    const [alice] = stored();
    const days = (Date.parse(alice?.expires ?? '') - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(90);
  });

  it('lists keys, and never more of a digest than its fingerprint', async () => {
    await mint('--name', 'alice', '--deny', 'network_ping', '--address', '10.0.0.0/8');
    await mint('--name', 'bob', '--expires', '30d', '--limit', '5');
    await keys('rotate', 'bob', '--grace', '1h');
    for (const args of [['list'], ['list', '--json']]) {
      const { code, stdout } = await keys(...args);
      expect(code).toBe(0);
      expect(stdout).toMatch(/alice[^]*bob/);
      for (const { digest, previous = [] } of stored()) {
        for (const secret of [digest, ...previous.map((one) => one.digest)]) {
          expect(stdout).toContain(secret.slice(0, 8));
          expect(stdout).not.toContain(secret.slice(0, 9));
        }
      }
    }
    expect((await keys('list')).stdout.split('\n')[0]).toMatch(
      /^NAME +FINGERPRINT +STATE +EXPIRES +SCOPES +FURTHER$/,
    );
  });

  it('revokes a key, and no other', async () => {
    await mint('--name', 'alice');
    await mint('--name', 'bob');
    expect(await keys('revoke', 'alice')).toMatchObject({ code: 0 });
    expect(stored().map(({ name }) => name)).toEqual(['bob']);
  });

  it('rotates a key at once, or with a grace for the former one', async () => {
    const first = await mint('--name', 'alice', '--deny', 'network_ping');
    const second = (await keys('rotate', 'alice')).stdout.trim();
    expect(stored()).toMatchObject([{ digest: apiKeyDigest(second), tools: { deny: ['network_ping'] } }]);
    expect(stored()[0]).not.toHaveProperty('previous');
    const third = (await keys('rotate', 'alice', '--grace', '24h', '--expires', '30d')).stdout.trim();
    expect(new Set([first, second, third]).size).toBe(3);
    const [entry] = stored();
    expect(entry).toMatchObject({
      digest: apiKeyDigest(third),
      previous: [{ digest: apiKeyDigest(second) }],
    });
    const hours = (Date.parse(entry?.previous?.[0]?.expires ?? '') - Date.now()) / 3_600_000;
    expect(Math.round(hours)).toBe(24);
  });

  it('changes nothing when two are at work at the same time, but for what both have done', async () => {
    const names = Array.from({ length: 6 }, (_, index) => `client-${index}`);
    const minted = await Promise.all(names.map((name) => mint('--name', name)));
    expect(
      stored()
        .map(({ digest }) => digest)
        .sort(),
    ).toEqual(minted.map(apiKeyDigest).sort());
    expect(readdirSync(directory)).toEqual(['keys.json']);
  });

  it('keeps the group that may read the file, and the link that leads to it', async () => {
    const target = join(directory, 'target.json');
    writeFileSync(target, '{"keys": []}');
    chmodSync(target, 0o644);
    symlinkSync('target.json', path);
    await mint('--name', 'alice');
    expect(JSON.parse(readFileSync(target, 'utf8'))).toMatchObject({ keys: [{ name: 'alice' }] });
    // Read by all the world it is not, whatever it was before.
    expect(statSync(target).mode & 0o777).toBe(0o640);
    expect(readdirSync(directory).sort()).toEqual(['keys.json', 'target.json']);
  });

  it.each([
    ['no command', [], 64, /Usage:/],
    ['an unknown command', ['steal'], 64, /no command "keys steal"/],
    ['an unknown option', ['mint', '--name', 'a', '--colour', 'red'], 64, /colour/],
    ['no name', ['mint'], 64, /--name is missing/],
    ['no name to revoke', ['revoke'], 64, /name of one key/],
    ['a time that is none', ['mint', '--name', 'a', '--expires', 'tomorrow'], 64, /--expires is "tomorrow"/],
    ['a time that is over', ['mint', '--name', 'a', '--expires', '2020-01-01'], 64, /is over/],
    ['a limit that is none', ['mint', '--name', 'a', '--limit', 'much'], 64, /--limit is "much"/],
    ['a window without a limit', ['mint', '--name', 'a', '--window', '1m'], 64, /--window needs --limit/],
    [
      'a bad scope',
      ['mint', '--name', 'a', '--scope', 'chat', '--scope', 'root'],
      64,
      /--scope is "root": set it to/,
    ],
    ['a bad pattern', ['mint', '--name', 'a', '--allow', 'net?'], 64, /--allow is "net\?": write a tool/],
    ['a bad address', ['mint', '--name', 'a', '--address', 'home'], 64, /--address is "home": write an/],
    ['a bad name', ['mint', '--name', 'a b'], 64, /^--name is "a b": use 1 to 64 letters/],
    ['a limit of nothing', ['mint', '--name', 'a', '--limit', '0'], 64, /--limit is "0": Too small/],
    ['a key that is not there', ['revoke', 'nobody'], 65, /no key "nobody"/],
    ['a name that is taken', ['mint', '--name', 'alice'], 65, /already/],
  ])('refuses %s, and leaves the file alone', async (_what, args, code, message) => {
    const before = JSON.stringify({ keys: [{ name: 'alice', digest: 'a'.repeat(64), scopes: ['chat'] }] });
    writeFileSync(path, before);
    const ran = await keys(...args);
    expect(ran).toMatchObject({ code, stdout: '' });
    expect(ran.stderr).toMatch(message);
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(readdirSync(directory)).toEqual(['keys.json']);
  });

  it('wants to know the file', async () => {
    expect(await keysWith({}, 'list')).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(/--file/) as string,
    });
  });

  it.each([['list'], ['revoke', 'alice'], ['rotate', 'alice']])(
    'makes no file for %s, and says which one is missing',
    async (...args) => {
      expect(await keys(...args)).toMatchObject({
        code: 78,
        stdout: '',
        stderr: expect.stringContaining(`${path}: there is no such file`) as string,
      });
      expect(readdirSync(directory)).toEqual([]);
    },
  );

  it('says what to do about a file that it cannot write', async () => {
    // Not by the mode of a directory: root may write everywhere.
    const ran = await keysWith(
      { MCP_API_KEYS_FILE: join(directory, 'no', 'keys.json') },
      'mint',
      '--name',
      'a',
    );
    expect(ran).toMatchObject({ code: 73, stdout: '' });
    expect(ran.stderr).toMatch(/Nothing has changed[^]*--file/);
  });

  it('does not touch a file that is invalid', async () => {
    writeFileSync(path, '{"keys": [{}]}');
    expect(await keys('mint', '--name', 'a')).toMatchObject({ code: 78, stdout: '' });
    expect(readFileSync(path, 'utf8')).toBe('{"keys": [{}]}');
  });

  it('gives up while another command holds the lock', async () => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(`${path}.lock`, '');
    expect(await keys('mint', '--name', 'a')).toMatchObject({
      code: 75,
      stdout: '',
      stderr: expect.stringContaining(`${path}.lock`) as string,
    });
  });

  it('is heard by a running server, without a restart', async () => {
    const first = await mint('--name', 'alice');
    const server = await ServerProcess.listening({ MCP_API_KEYS: '', MCP_API_KEYS_FILE: path });
    const statusOf = async (key: string): Promise<number> => {
      const response = await fetch(`${server.url}/mcp`, {
        method: 'POST',
        headers: { 'x-api-key': key },
        body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
      });
      await response.arrayBuffer();
      return response.status;
    };
    expect(await statusOf(first)).toBe(200);
    expect(await statusOf('dev-key-12345')).toBe(401);
    const second = (await keys('rotate', 'alice')).stdout.trim();
    server.signal('SIGHUP');
    await waitFor(async () => (await statusOf(second)) === 200);
    expect(await statusOf(first)).toBe(401);
    await keys('revoke', 'alice');
    await waitFor(async () => (await statusOf(second)) === 401);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
  });
});

describe('A server without a keys file', () => {
  afterEach(() => ServerProcess.endAll());

  it('serves on after SIGHUP', async () => {
    const server = await ServerProcess.listening();
    server.signal('SIGHUP');
    expect((await server.mcp('ping')).status).toBe(200);
    expect((await server.mcp('ping')).status).toBe(200);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
  });
});

describe('A server with a keys file that cannot be used', () => {
  it('does not start, and says why in plain words', async () => {
    const server = ServerProcess.spawn({ MCP_PORT: '0', MCP_API_KEYS_FILE: '/nonexistent/keys.json' });
    expect(await server.exit()).toBe(78);
    expect(server.stderr).toMatch(
      /^The configuration cannot be used \(1 problem\):\n {2}- \/nonexistent\/keys\.json/,
    );
  });
});
