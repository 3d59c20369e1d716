import { UpstreamsFileError } from './problems.js';
import { MAX_UPSTREAMS, parseUpstreamsFile, schemeFor, type UpstreamsFile } from './upstreams.file.js';

const VARIABLES: Readonly<Record<string, string>> = { TOKEN: 's3cret', HOST: 'api.example.com' };
const OPTIONS = {
  path: '/etc/mcpo/servers.json',
  variable: (name: string): string | undefined => VARIABLES[name],
};

const read = (text: string): UpstreamsFile => parseUpstreamsFile(text, OPTIONS);
const parse = (servers: unknown): UpstreamsFile['entries'] =>
  read(JSON.stringify({ mcpServers: servers })).entries;
/** What is wrong with the entries. */
const asideOf = (text: string): readonly string[] => read(text).setAside.flatMap(({ problems }) => problems);
/** What is wrong with the file. */
const problemsOf = (text: string): readonly string[] => {
  try {
    read(text);
  } catch (error) {
    if (error instanceof UpstreamsFileError) return error.problems;
    throw error;
  }
  return [];
};

describe(parseUpstreamsFile, () => {
  it('reads the entries of Claude Desktop, Cursor and VS Code as they are', () => {
    const entries = parse({
      memory: { command: 'npx', args: ['-y', 'server-memory'], env: { FILE: '/data/memory.json' } },
      github: { type: 'http', url: 'https://${HOST}/mcp', headers: { Authorization: 'Bearer ${env:TOKEN}' } },
      old: { type: 'sse', url: 'http://127.0.0.1:9000/sse', autoApprove: ['one'] },
      shop: { openapi: 'https://shop.example.com/openapi.json', auth: { key: { apiKey: '${TOKEN}' } } },
    });
    expect(entries).toMatchObject([
      {
        name: 'github',
        kind: 'http',
        url: 'https://api.example.com/mcp',
        headers: { Authorization: 'Bearer s3cret' },
      },
      { name: 'memory', kind: 'stdio', command: 'npx', env: { FILE: '/data/memory.json' } },
      { name: 'old', kind: 'http', type: 'sse' },
      { name: 'shop', kind: 'openapi', auth: { key: { apiKey: 's3cret' } } },
    ]);
    expect(read('{"servers": {"a": {"command": "x"}}}').entries).toHaveLength(1);
  });

  it('sets aside an entry that is called as the breaker of the chat server', () => {
    const text = '{"mcpServers": {"chat": {"command": "x"}, "Chat": {"command": "x", "prefix": "c"}}}';
    expect(asideOf(text)).toEqual([
      'line 1: chat is the name of the circuit breaker of /chat: call it another, with "prefix": "chat" for its tools',
    ]);
    expect(
      parse({ talk: { command: 'x', prefix: 'chat' }, chat: { command: 'x', disabled: true } }),
    ).toMatchObject([{ name: 'talk', prefix: 'chat' }]);
  });

  it('fills in the defaults', () => {
    expect(parse({ 'my server': { command: 'x' } })).toMatchObject([
      {
        prefix: 'my_server',
        args: [],
        deny: [],
        rename: {},
        session: 'shared',
        forwardHeaders: [],
        pin: false,
      },
    ]);
  });

  it('leaves out what is disabled, whatever it refers to, and says so', () => {
    const { entries, disabled, setAside } = read(
      '{"servers": {"off": {"command": "${NOT_SET}", "disabled": true}}}',
    );
    expect({ entries, disabled, setAside }).toEqual({ entries: [], disabled: ['off'], setAside: [] });
  });

  it('names the line, the entry, the member and the variable of a reference that leads nowhere', () => {
    expect(asideOf('{"mcpServers": {\n"a": {"command": "x",\n"env": {"KEY": "${NOT_SET}"}}}}')).toEqual([
      'line 3: a.env.KEY refers to the variable NOT_SET, which is not set',
    ]);
    expect(asideOf('{"servers": {"a": {"command": "x", "args": ["${command:key}"]}}}')).toEqual([
      'line 1: a.args[0] has ${command:...}, which is no reference: write ${NAME} or ${env:NAME}',
    ]);
  });

  it('sets each bad entry aside with every problem once, and reads the others', () => {
    const { entries, setAside, warnings } = read(`{
      "mcpServers": {
        "good": { "command": "x" },
        "both": { "command": "x", "url": "http://x" },
        "neither": {},
        "text": "npx",
        "ftp": { "url": "ftp://files" },
        "typing": {
          "command": "x",
          "timeoutMS": 5,
          "retries": -1
        },
        "unset": {
          "url": "\${NOT_SET}",
          "headers": { "bad name": "s3cret" }
        },
        "nested": { "openapi": "x", "auth": { "a": { "apiKey": "\${NOT_SET}" } } }
      },
      "more": 1
    }`);
    expect(entries.map(({ name }) => name)).toEqual(['good']);
    expect(setAside).toEqual([
      { name: 'both', problems: ['line 4: both needs one of command, url, openapi, and has command, url'] },
      { name: 'neither', problems: ['line 5: neither needs one of command, url, openapi, and has none'] },
      { name: 'text', problems: ['line 6: text is not an object'] },
      { name: 'ftp', problems: ['line 7: ftp.url: is not a URL with http: or https:'] },
      { name: 'typing', problems: ['line 11: typing.retries: Too small: expected number to be >=0'] },
      {
        name: 'unset',
        problems: [
          'line 14: unset.url refers to the variable NOT_SET, which is not set',
          'line 15: unset.headers.bad name: is not the name of an HTTP header',
        ],
      },
      {
        name: 'nested',
        problems: ['line 17: nested.auth.a.apiKey refers to the variable NOT_SET, which is not set'],
      },
    ]);
    expect(warnings).toEqual([
      'line 10: typing.timeoutMS is no member of an entry with command: it is ignored',
      'line 19: more is no member of the file: it is ignored',
    ]);
  });

  it.each([
    [
      'a type of another program',
      { type: 'inMemory' },
      'a.type is "inMemory": it is one of stdio, http, sse, openapi',
    ],
    ['a type without its address', { type: 'http', command: 'x' }, 'a.type is "http", and there is no url'],
    ['a type that is no text', { type: 7, url: 'http://x' }, 'a.type is no text'],
    [
      'a switch that is neither on nor off',
      { url: 'http://x', isActive: 'no' },
      'a.isActive is neither true nor false',
    ],
    ['variables that are no text', { command: 'x', env: { A: { b: 1 } } }, 'a.env.A: is no text'],
    [
      'a character that no program can get',
      { command: 'x', args: ['a\0b'] },
      'a.args[0]: has the character U+0000',
    ],
    [
      'a member of its own within a member',
      { url: 'http://x', cache: { tools: ['a'], ttlMs: 1000, ttl: 1 } },
      'a.cache.ttl is not known',
    ],
  ])('sets an entry aside for %s', (_case, entry, problem) => {
    expect(asideOf(JSON.stringify({ mcpServers: { a: entry, b: { command: 'x' } } }))).toEqual([
      `line 1: ${problem}`,
    ]);
  });

  it('takes names in other scripts, spelled in Latin letters where their letters cannot stand', () => {
    const names = ['天气', 'погода', 'طقس', 'wétter'];
    const servers = Object.fromEntries(names.map((name) => [name, { command: 'x' }]));
    const { entries, setAside } = read(JSON.stringify({ servers }));
    expect(setAside).toEqual([]);
    expect(entries.map(({ name, prefix }) => [name, prefix])).toEqual([
      ['wétter', 'w_tter'],
      ['погода', 'pogoda'],
      ['طقس', 'tqs'],
      ['天气', 'TianQi'],
    ]);
  });

  it('takes numbers for texts as they are written', () => {
    const { entries } = read(
      '{"servers": {"a": {"command": "x", "args": [1915883588174806058, 0.12345678901234567890, 1.5], "env": {"R": 0.1234567890123456789}}}}',
    );
    expect(entries).toMatchObject([
      {
        args: ['1915883588174806058', '0.12345678901234567890', '1.5'],
        env: { R: '0.1234567890123456789' },
      },
    ]);
  });

  it('sets aside the later one of two names that could not be told apart', () => {
    expect(asideOf('{"servers": {"a b": {"command": "x"}, "a-b": {"command": "x"}}}')).toEqual([
      'line 1: a b and a-b have the same URI scheme "a-b"',
    ]);
    const { entries, setAside } = read(
      '{"servers": {"b": {"command": "x"},\n"a": {"command": "x", "prefix": "b"},\n"A": {"command": "x"}}}',
    );
    expect(entries.map(({ name }) => name)).toEqual(['A', 'b']);
    expect(setAside).toEqual([{ name: 'a', problems: ['line 2: b and a have the same prefix "b"'] }]);
    expect(asideOf('{"servers": {"42": {"command": "x"}}}')).toEqual([
      'line 1: 42 has no letter in its name',
    ]);
  });

  it.each([
    ['a list', '[]', 'line 1: the file is not a JSON object'],
    ['no servers', '{}', 'line 1: the file needs one of mcpServers, servers, context_servers, and has none'],
    [
      'servers twice',
      '{"servers": {},\n"mcpServers": {}}',
      'line 2: the file needs one of mcpServers, servers, context_servers, and has mcpServers and servers',
    ],
    ['servers that are a list', '{\n"servers": []}', 'line 2: servers is not an object'],
    [
      'more entries than may be',
      JSON.stringify({
        servers: Object.fromEntries(Array.from({ length: MAX_UPSTREAMS + 1 }, (_, n) => [`s${n}`, {}])),
      }),
      'line 1: servers has 501 entries: 500 are the most',
    ],
  ])('refuses %s', (_case, text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  it('says of a member that is there twice which one counts', () => {
    const { entries, warnings } = read('{"servers": {"a": {"command": "x"},\n"a": {"command": "y"}}}');
    expect(entries).toMatchObject([{ command: 'y' }]);
    expect(warnings).toEqual(['line 2: servers.a is there more than once: this one counts']);
  });

  it('tells of fifty members that it ignores, and how many more there are', () => {
    const others = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`m${n}`, n]));
    const { warnings } = read(JSON.stringify({ mcpServers: {}, ...others }));
    expect(warnings).toHaveLength(51);
    expect(warnings.at(-1)).toBe('and 10 more');
  });

  it('recognises a change of an entry by its digest, and nothing else', () => {
    const digestOf = (entry: object): string => parse({ a: entry })[0]!.digest;
    const before = digestOf({ command: 'x', env: { KEY: '${TOKEN}' } });
    expect(digestOf({ env: { KEY: 's3cret' }, command: 'x' })).toBe(before);
    expect(digestOf({ command: 'x', env: { KEY: 's3cret' }, trust: true })).toBe(before);
    expect(digestOf({ command: 'x', env: { KEY: 'other' } })).not.toBe(before);
  });

  it('takes no part of what this host gives to every child into the digest: replicas share it', () => {
    const text = '{"servers": {"a": {"command": "x"}}}';
    const digestWith = (path: string): string =>
      parseUpstreamsFile(text, { ...OPTIONS, variable: (name) => (name === 'PATH' ? path : undefined) })
        .entries[0]!.digest;
    expect(digestWith('/a')).toBe(digestWith('/b'));
  });
});

describe(schemeFor, () => {
  it('makes a scheme of a URI', () => {
    expect(schemeFor('My Server_2')).toBe('my-server-2');
    expect(schemeFor('2nd.one')).toBe('nd.one');
  });
});
