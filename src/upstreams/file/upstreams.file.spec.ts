import { parseUpstreamsFile, schemeFor, UpstreamsFileError } from './upstreams.file.js';

const VARIABLES: Readonly<Record<string, string>> = { TOKEN: 's3cret', HOST: 'api.example.com' };

const parse = (servers: unknown): ReturnType<typeof parseUpstreamsFile> =>
  parseUpstreamsFile(JSON.stringify({ mcpServers: servers }), (name) => VARIABLES[name]);

const problemsOf = (text: string): readonly string[] => {
  try {
    parseUpstreamsFile(text, (name) => VARIABLES[name]);
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
    expect(parseUpstreamsFile('{"servers": {"a": {"command": "x"}}}', () => undefined)).toHaveLength(1);
  });

  it('fills in the defaults', () => {
    expect(parse({ 'my server': { command: 'x' } })).toMatchObject([
      {
        prefix: 'my_server',
        args: [],
        env: {},
        deny: [],
        rename: {},
        session: 'shared',
        forwardHeaders: [],
        pin: false,
      },
    ]);
  });

  it('leaves out what is disabled, whatever it refers to', () => {
    expect(parse({ off: { command: '${NOT_SET}', disabled: true } })).toEqual([]);
  });

  it('names the entry, the member and the variable of a reference that leads nowhere', () => {
    expect(problemsOf('{"mcpServers": {"a": {"command": "x", "env": {"KEY": "${NOT_SET}"}}}}')).toEqual([
      'a.env.KEY refers to the variable NOT_SET, which is not set',
    ]);
    expect(problemsOf('{"servers": {"a": {"command": "x", "args": ["${input:key}"]}}}')).toEqual([
      'a.args[0] has ${input:key}, which is no reference: write ${NAME} or ${env:NAME}',
    ]);
  });

  it('lists every problem at once', () => {
    const text = JSON.stringify({
      mcpServers: {
        both: { command: 'x', url: 'http://x' },
        neither: {},
        text: 'npx',
        ftp: { url: 'ftp://files' },
        typing: { command: 'x', timeoutMS: 5, retries: -1 },
      },
      more: 1,
    });
    expect(problemsOf(text)).toEqual([
      'more is no member of the file',
      'both needs one of command, url, openapi, and has command, url',
      'neither needs one of command, url, openapi, and has none',
      'text is not an object',
      'ftp.url: is not a URL with http: or https:',
      'typing.retries: Too small: expected number to be >=0',
      'typing.timeoutMS is not known',
    ]);
  });

  it('refuses names that could not be told apart', () => {
    expect(problemsOf('{"servers": {"a b": {"command": "x"}, "a-b": {"command": "x"}}}')).toEqual([
      'a b and a-b have the same URI scheme "a-b"',
    ]);
    expect(problemsOf('{"servers": {"a": {"command": "x"}, "b": {"command": "x", "prefix": "a"}}}')).toEqual([
      'a and b have the same prefix "a"',
    ]);
    expect(problemsOf('{"servers": {"42": {"command": "x"}}}')).toEqual(['42 has no letter in its name']);
  });

  it.each([
    ['a list', '[]', 'the file is not a JSON object'],
    ['no servers', '{}', 'the file needs one member mcpServers or servers, and has 0'],
    ['servers that are a list', '{"servers": []}', 'servers is not an object'],
  ])('refuses %s', (_case, text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  it('quotes nothing of a file that is not JSON', () => {
    const [problem] = problemsOf('{"mcpServers": {"a": {"headers": {"x": "s3cret}}}}');
    expect(problem).toMatch(/^the file is not JSON/);
    expect(problem).not.toContain('s3cret');
  });

  it('recognises a change of an entry by its digest, and nothing else', () => {
    const digestOf = (entry: object): string => parse({ a: entry })[0]!.digest;
    const before = digestOf({ command: 'x', env: { KEY: '${TOKEN}' } });
    expect(digestOf({ env: { KEY: 's3cret' }, command: 'x' })).toBe(before);
    expect(digestOf({ command: 'x', env: { KEY: 'other' } })).not.toBe(before);
  });
});

describe(schemeFor, () => {
  it('makes a scheme of a URI', () => {
    expect(schemeFor('My Server_2')).toBe('my-server-2');
    expect(schemeFor('2nd.one')).toBe('nd.one');
  });
});
