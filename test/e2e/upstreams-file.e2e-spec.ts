import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { startServer, type TestServer, TEST_KEY } from '../helpers/app.js';
import { testKey, TestKeysFile } from '../helpers/keys-file.js';
import { FAULTY_SCRIPT, serverScript, ServersFile, untilUp, upstreamReport } from '../helpers/upstreams.js';
import { waitFor } from '../helpers/wait-for.js';

interface Entry {
  readonly name: string;
  readonly state: string;
  readonly problems?: readonly string[];
}
interface UpstreamsStatus {
  readonly upstreams: {
    readonly disabled: number;
    readonly setAside: number;
    readonly list: readonly Entry[];
  };
}

const ADMIN = testKey('root', { scopes: ['admin'] });
const statusOf = async (server: TestServer): Promise<UpstreamsStatus['upstreams']> => {
  const response = await fetch(`${server.url}/status`, { headers: { 'x-api-key': ADMIN.key } });
  return ((await response.json()) as UpstreamsStatus).upstreams;
};
const idle = async (server: TestServer): Promise<Entry[]> =>
  (await statusOf(server)).list.filter(({ state }) => state === 'disabled' || state === 'set_aside');
const warningsOf = (server: TestServer, beginning: string): Record<string, unknown>[] =>
  server.logs().filter(({ message }) => String(message).startsWith(beginning));
const environmentOf = async (server: TestServer, tool: string): Promise<Record<string, string>> => {
  const { content } = await server.callTool(tool);
  return JSON.parse(content[0]?.text ?? '') as Record<string, string>;
};

describe('A file of upstreams as an MCP client has it', () => {
  let server: TestServer;
  let file: ServersFile;
  let keys: TestKeysFile;
  const start = async (text: string): Promise<void> => {
    file.writeText(text);
    server = await startServer({ env: { MCP_SERVERS_FILE: file.path, MCP_API_KEYS_FILE: keys.path } });
  };
  const write = (text: string): void => {
    file.writeText(text);
    process.emit('SIGHUP');
  };

  beforeEach(() => {
    file = new ServersFile();
    keys = new TestKeysFile(ADMIN);
  });
  afterEach(async () => {
    await server.close();
    file.remove();
    keys.remove();
  });

  it('runs programs that npx finds, with nothing in the entry but the command', async () => {
    const memory = { command: 'npx', args: ['-y', '@modelcontextprotocol/server-memory'] };
    await start(JSON.stringify({ mcpServers: { memory } }));
    await untilUp(server, 'memory');
    expect(upstreamReport(server, 'memory')?.tools).toContain('memory_create_entities');
  });

  it('runs a script whose first line looks for its interpreter in the PATH of the server', async () => {
    const path = process.env['PATH'];
    symlinkSync(process.execPath, join(file.directory, 'interpreter'));
    const script = join(file.directory, 'script');
    const source = `#!/usr/bin/env interpreter\nimport(${JSON.stringify(FAULTY_SCRIPT)});\n`;
    writeFileSync(script, source, { mode: 0o700 });
    process.env['PATH'] = `${file.directory}${delimiter}${path}`;
    try {
      await start(JSON.stringify({ mcpServers: { script: { command: script } } }));
      await untilUp(server, 'script');
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('gives a child PATH, HOME and what its entry says, and no secret of ours', async () => {
    process.env['SECRET_OF_OURS'] = 'must-not-leak';
    process.env['INPUT_API_KEY'] = 'asked for';
    try {
      writeFileSync(join(file.directory, '.env'), 'FROM_FILE=yes\nMARK=of the file\n');
      await start(`\uFEFF{
        // as VS Code has it
        "inputs": [{ "type": "promptString", "id": "api-key", "description": "Key", "password": true }],
        "servers": {
          "every": {
            "type": "stdio",
            "command": ${JSON.stringify(process.execPath)},
            "args": [${JSON.stringify(serverScript('everything'))}, "stdio"],
            "env": { "MARK": "of the entry", "KEY": "\${input:api-key}" },
            "envFile": "\${workspaceFolder}/.env",
          },
        },
      }`);
      await untilUp(server, 'every');
      const environment = await environmentOf(server, 'every_get-env');
      expect(environment).toMatchObject({
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        MARK: 'of the entry',
        FROM_FILE: 'yes',
        KEY: 'asked for',
      });
      expect(Object.values(environment)).not.toContain('must-not-leak');
      expect(Object.keys(environment)).not.toContain('INPUT_API_KEY');

      writeFileSync(join(file.directory, '.env'), 'FROM_FILE=changed\n');
      await waitFor(async () => {
        if (upstreamReport(server, 'every')?.state !== 'up') return false;
        return (
          (await environmentOf(server, 'every_get-env').catch(() => undefined))?.['FROM_FILE'] === 'changed'
        );
      });
    } finally {
      delete process.env['SECRET_OF_OURS'];
      delete process.env['INPUT_API_KEY'];
    }
  });

  it('sets aside the entries that cannot be used, serves the others, and says so', async () => {
    await start(`{
      "mcpServers": {
        "good": { "command": ${JSON.stringify(process.execPath)}, "args": [${JSON.stringify(FAULTY_SCRIPT)}] },
        "unset": { "url": "https://\${NOT_SET_ANYWHERE}/mcp", "headers": { "bad name": "s3cret" } },
        "off": { "command": "\${NOT_SET_ANYWHERE}", "disabled": true },
        "inactive": { "type": "stdio", "command": "x", "isActive": false },
        "good-too": { "command": "x", "prefix": "good" }
      },
      "theme": "dark"
    }`);
    await untilUp(server, 'good');
    const problems = [
      'line 4: unset.url refers to the variable NOT_SET_ANYWHERE, which is not set',
      'line 4: unset.headers.bad name: is not the name of an HTTP header',
    ];
    expect(await idle(server)).toEqual([
      { name: 'unset', state: 'set_aside', problems },
      {
        name: 'good-too',
        state: 'set_aside',
        problems: ['line 7: good and good-too have the same prefix "good"'],
      },
      { name: 'off', state: 'disabled' },
      { name: 'inactive', state: 'disabled' },
    ]);
    expect(await statusOf(server)).toMatchObject({ total: 1, disabled: 2, setAside: 2 });
    expect(
      await (await fetch(`${server.url}/metrics`, { headers: { 'x-api-key': TEST_KEY } })).text(),
    ).toContain('mcpo_upstream_entries_set_aside 2');
    expect(warningsOf(server, 'Upstream entry')).toMatchObject([
      { level: 'WARN', upstream: 'unset', problems },
      { level: 'WARN', upstream: 'good-too' },
    ]);
    expect(warningsOf(server, 'Members')).toMatchObject([
      { level: 'WARN', warnings: ['line 9: theme is no member of the file: it is ignored'] },
    ]);
    expect(server.rawLog()).not.toContain('s3cret');
  });

  it('sets an entry aside on a reload, touches no other, and takes it back once it is mended', async () => {
    const good = { command: process.execPath, args: [FAULTY_SCRIPT] };
    const text = (other: object): string => JSON.stringify({ servers: { good, other } });
    await start(text(good));
    await untilUp(server, 'good', 'other');
    const pid = (await server.callTool('good_pid')).content[0]?.text;

    write(text({ ...good, env: { KEY: '${NOT_SET_ANYWHERE}' } }));
    await waitFor(async () => (await idle(server)).length === 1);
    expect(await idle(server)).toMatchObject([{ name: 'other', state: 'set_aside' }]);
    expect(upstreamReport(server, 'other')).toBeUndefined();

    write(text({ ...good, env: { KEY: 'k' } }));
    await untilUp(server, 'other');
    expect(await idle(server)).toEqual([]);
    expect((await server.callTool('good_pid')).content[0]?.text).toBe(pid);
    expect(warningsOf(server, 'Upstream entry')).toHaveLength(1);
  });

  it('takes back an entry whose file of variables has appeared', async () => {
    const entry = { command: process.execPath, args: [FAULTY_SCRIPT], envFile: 'later/.env' };
    await start(JSON.stringify({ mcpServers: { entry } }));
    expect(await idle(server)).toEqual([
      { name: 'entry', state: 'set_aside', problems: ['line 1: entry.envFile cannot be read: ENOENT'] },
    ]);
    mkdirSync(join(file.directory, 'later'));
    writeFileSync(join(file.directory, 'later', '.env'), 'A=b\n');
    await untilUp(server, 'entry');
    expect(await idle(server)).toEqual([]);
  });

  it('finds a program in the PATH of the entry', async () => {
    const bin = join(file.directory, 'bin');
    mkdirSync(bin);
    writeFileSync(
      join(bin, 'own-program'),
      `#!/usr/bin/env node\nimport(${JSON.stringify(FAULTY_SCRIPT)});\n`,
      {
        mode: 0o700,
      },
    );
    const env = { PATH: `${bin}${delimiter}\${PATH}` };
    await start(JSON.stringify({ context_servers: { own: { command: { path: 'own-program', env } } } }));
    await untilUp(server, 'own');
  });
});
