import { parseUpstreamsFile, type UpstreamsFile } from './upstreams.file.js';

const read = (
  text: string,
  variables: Readonly<Record<string, string>> = {},
  path = '/srv/servers.json',
): UpstreamsFile =>
  parseUpstreamsFile(text, {
    path,
    variable: (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined),
  });

const one = (entry: object): UpstreamsFile => read(JSON.stringify({ mcpServers: { one: entry } }));

describe('The file of an MCP client, as it is', () => {
  it('is that of Claude Desktop, with its other settings', () => {
    const { entries, warnings } = read(`{
      "globalShortcut": "Ctrl+Space",
      "mcpServers": {
        "files": { "command": "npx", "args": ["-y", "server-filesystem", "/srv"], "env": { "LEVEL": 2 } }
      },
      "preferences": { "menuBarEnabled": false }
    }`);
    expect(entries).toMatchObject([{ name: 'files', command: 'npx', env: { LEVEL: '2' } }]);
    expect(warnings).toEqual([
      'line 2: globalShortcut is no member of the file: it is ignored',
      'line 6: preferences is no member of the file: it is ignored',
    ]);
  });

  it('is that of Claude Code', () => {
    const { entries, setAside } = read(
      JSON.stringify({
        mcpServers: {
          a: { type: 'http', url: '${BASE:-https://api.example.com}/mcp', headers: { 'X-Key': '${KEY}' } },
          b: { type: 'sse', url: 'https://b.example/sse' },
          c: { type: 'stdio', command: '${HOME}/bin/c', args: ['--key', '${KEY:-none}'], env: {} },
          d: { type: 'ws', url: 'wss://d.example/socket' },
        },
      }),
      { KEY: 'k', HOME: '/home/me' },
    );
    expect(entries).toMatchObject([
      { name: 'a', url: 'https://api.example.com/mcp', headers: { 'X-Key': 'k' }, type: 'http' },
      { name: 'b', type: 'sse' },
      { name: 'c', command: '/home/me/bin/c', args: ['--key', 'k'] },
    ]);
    expect(setAside).toEqual([
      { name: 'd', problems: ['line 1: d.type is "ws": it is one of stdio, http, sse, openapi'] },
    ]);
  });

  it('is that of Cursor, whose workspace is around its directory', () => {
    const text = JSON.stringify({
      mcpServers: {
        a: {
          command: '${workspaceFolder}${/}run',
          args: ['${userHome}', '${workspaceFolderBasename}', '${env:KEY}'],
        },
      },
    });
    const { entries } = read(text, { HOME: '/home/me', KEY: 'k' }, '/work/shop/.cursor/mcp.json');
    expect(entries).toMatchObject([{ command: '/work/shop/run', args: ['/home/me', 'shop', 'k'] }]);
    expect(read(text, { KEY: 'k' }, '/etc/mcpo/servers.json').entries).toMatchObject([
      { command: '/etc/mcpo/run' },
    ]);
  });

  it('is that of VS Code, whose inputs are variables', () => {
    const text = `{
      // asked for when the server starts
      "inputs": [
        { "type": "promptString", "id": "api-key", "description": "Key", "password": true },
        { "type": "pickString", "id": "region", "options": ["eu", "us"], "default": "eu" },
      ],
      "servers": {
        "remote": { "type": "http", "url": "https://\${input:region}.example/mcp", "headers": { "X": "\${input:api-key}" } },
        "local": { "type": "stdio", "command": "npx", "env": { "OFF": null }, "sandboxEnabled": true, "dev": { "watch": "x" } },
      },
    }`;
    const { entries, warnings } = read(text, { INPUT_API_KEY: 'k' });
    expect(entries).toMatchObject([
      { name: 'local', command: 'npx' },
      { name: 'remote', url: 'https://eu.example/mcp', headers: { X: 'k' } },
    ]);
    expect(warnings).toEqual([
      'line 9: local.sandboxEnabled is no member of an entry with command: it is ignored',
      'line 9: local.dev is no member of an entry with command: it is ignored',
    ]);
    expect(read(text).setAside).toEqual([
      {
        name: 'remote',
        problems: [
          'line 8: remote.headers.X refers to the input api-key: the variable INPUT_API_KEY is not set',
        ],
      },
    ]);
  });

  it('is that of Windsurf', () => {
    expect(
      one({ serverUrl: 'https://w.example/mcp', disabledTools: ['drop'], disabled: false }),
    ).toMatchObject({
      entries: [{ kind: 'http', url: 'https://w.example/mcp', deny: ['drop'] }],
      warnings: [],
    });
    expect(one({ serverUrl: 'w.example' }).setAside[0]?.problems).toEqual([
      'line 1: one.serverUrl: is not a URL with http: or https:',
    ]);
  });

  it('is that of Cline', () => {
    const { entries, warnings } = one({
      url: 'http://127.0.0.1:9/mcp',
      type: 'streamableHttp',
      timeout: 60,
      disabled: false,
      autoApprove: ['a'],
      alwaysAllow: ['b'],
    });
    expect(entries).toMatchObject([{ kind: 'http', url: 'http://127.0.0.1:9/mcp' }]);
    expect(warnings).toEqual([
      'line 1: one.timeout is no member of an entry with url: it is ignored, for programs do not agree on its unit: write timeoutMs',
    ]);
    expect(one({ url: 'http://x', transportType: 'sse' }).entries).toMatchObject([{ type: 'sse' }]);
    // What the form leaves behind when the kind of a server is changed.
    expect(one({ type: 'stdio', command: 'x', url: 'http://x' }).entries).toMatchObject([{ kind: 'stdio' }]);
    expect(one({ type: 'sse', command: '', url: 'http://x' })).toMatchObject({
      entries: [{ kind: 'http' }],
      warnings: [],
    });
  });

  it('is that of Gemini CLI', () => {
    const { entries, warnings } = read(
      JSON.stringify({
        theme: 'Default',
        mcpServers: {
          a: { httpUrl: 'https://g.example/mcp', url: 'https://g.example/sse', timeout: 5000, trust: false },
          b: {
            command: 'b',
            env: { KEY: '$KEY' },
            includeTools: ['x', 'y'],
            excludeTools: ['y'],
            deny: ['z'],
          },
        },
      }),
      { KEY: 'k' },
    );
    expect(entries).toMatchObject([
      { name: 'a', type: 'http', url: 'https://g.example/mcp' },
      { name: 'b', env: { KEY: 'k' }, allow: ['x', 'y'], deny: ['z', 'y'] },
    ]);
    expect(warnings.map((warning) => warning.split(' ')[2])).toEqual(['theme', 'a.timeout', 'a.trust']);
  });

  it('is that of Cherry Studio', () => {
    const cherry = { name: 'x', type: 'streamableHttp', baseUrl: 'https://c.example/mcp', command: '' };
    expect(one({ ...cherry, isActive: true }).entries).toMatchObject([{ url: 'https://c.example/mcp' }]);
    expect(one({ ...cherry, isActive: false })).toMatchObject({ entries: [], disabled: ['one'] });
    expect(one({ type: 'stdio', command: 'uvx', baseUrl: '', args: ['fetch'] }).entries).toHaveLength(1);
  });

  it('is that of Zed, as it was and as it is', () => {
    const { entries, disabled, setAside } = read(`{
      "context_servers": {
        "old": { "command": { "path": "/bin/old", "args": ["\${NOT}"], "env": { "A": "b" } }, "settings": {} },
        "was": { "source": "custom", "command": { "path": "/bin/was", "args": ["run"], "env": { "A": "b" } } },
        "new": { "source": "custom", "enabled": true, "command": "new", "args": [], "env": {} },
        "far": { "url": "https://z.example/mcp", "headers": { "Authorization": "Bearer t" } },
        "off": { "source": "extension", "enabled": false, "settings": {} },
        "extension": { "source": "extension", "settings": { "url": "x" } }
      }
    }`);
    expect(entries).toMatchObject([
      { name: 'far', kind: 'http' },
      { name: 'new', kind: 'stdio', command: 'new' },
      { name: 'was', kind: 'stdio', command: '/bin/was', args: ['run'], env: { A: 'b' } },
    ]);
    expect(disabled).toEqual(['off']);
    expect(setAside).toEqual([
      {
        name: 'old',
        problems: ['line 3: old.command.args[0] refers to the variable NOT, which is not set'],
      },
      {
        name: 'extension',
        problems: ['line 8: extension needs one of command, url, openapi, and has none'],
      },
    ]);
  });

  it('gives no tool that is denied elsewhere: the own list of what is allowed wins over that of another program', () => {
    const { entries, warnings } = one({ command: 'x', allow: ['a'], includeTools: ['b'] });
    expect(entries).toMatchObject([{ allow: ['a'] }]);
    expect(warnings).toEqual([
      'line 1: one.includeTools is no member of an entry with command: it is ignored',
    ]);
  });

  it.each([
    [{ disabled: true, isActive: true }],
    [{ disabled: false, enabled: false }],
    [{ isActive: false }],
  ])('does not run what any switch has off: %j', (switches) => {
    expect(one({ command: 'x', ...switches })).toMatchObject({ entries: [], disabled: ['one'] });
  });

  it('counts members that are null as absent', () => {
    expect(one({ command: 'x', url: null, args: null, cwd: null, disabled: null }).entries).toMatchObject([
      { command: 'x', args: [] },
    ]);
  });

  it('takes nothing that an object has by birth for a variable', () => {
    const entry = { command: 'npx', args: ['${constructor}', '${LEVEL}'], env: { LEVEL: 2 } };
    expect(one(entry).setAside[0]?.problems).toEqual([
      'line 1: one.args[0] refers to the variable constructor, which is not set',
    ]);
    expect(one({ ...entry, args: ['${LEVEL}'] }).entries).toMatchObject([
      { args: ['2'], env: { LEVEL: '2' } },
    ]);
  });

  it('puts the variables of an entry into its arguments, as mcp-remote would', () => {
    const entry = {
      command: 'npx',
      args: ['--header', 'x-key:${KEY}', '${SHARED}'],
      env: { KEY: 'of ${SHARED}' },
    };
    expect(read(JSON.stringify({ servers: { a: entry } }), { SHARED: 's' }).entries).toMatchObject([
      { args: ['--header', 'x-key:of s', 's'], env: { KEY: 'of s' } },
    ]);
  });
});
