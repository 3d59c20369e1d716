import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEnvFile } from './env-file.reader.js';
import { haveChanged, MAX_REFERRED_BYTES, MAX_REFERRED_FILES, ReferredFiles } from './referred-files.js';
import { parseUpstreamsFile, type UpstreamsFile } from './upstreams.file.js';

describe(readEnvFile, () => {
  const directory = mkdtempSync(join(tmpdir(), 'mcpo-env-'));
  const path = join(directory, '.env');
  const parse = (entry: object): UpstreamsFile =>
    parseUpstreamsFile(JSON.stringify({ servers: { a: { command: 'x', ...entry } } }), {
      path: join(directory, '.vscode', 'mcp.json'),
      variable: (name) => ({ HOST: 'h', PATH: '/bin', HOME: '/root', MCP_API_KEYS: 'ours' })[name],
    });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('reads the form of .env', () => {
    writeFileSync(path, '\uFEFF# a comment\nKEY="a b"\nexport OTHER=c # and\n\nEMPTY=\nMULTI="1\n2"\n');
    expect(readEnvFile(path, new ReferredFiles())).toEqual({
      KEY: 'a b',
      OTHER: 'c',
      EMPTY: '',
      MULTI: '1\n2',
    });
  });

  it('gives its variables to the child, under those of the entry, and to what refers to them', () => {
    writeFileSync(path, 'KEY=of the file\nLEVEL=1\nPATH=/opt/bin\n');
    const { entries, files } = parse({
      envFile: '${workspaceFolder}/.env',
      env: { KEY: 'own', OTHER: '${LEVEL} ${HOST}', HOME: null },
      args: ['${LEVEL}', '${KEY}'],
    });
    expect(entries).toMatchObject([{ args: ['1', 'own'] }]);
    expect((entries[0] as { env: object }).env).toEqual({
      PATH: '/opt/bin',
      KEY: 'own',
      LEVEL: '1',
      OTHER: '1 h',
    });
    expect([...files.keys()]).toEqual([path]);
  });

  it('is found beside the file, or in the workspace', () => {
    expect(parse({ envFile: '.env' }).setAside).toEqual([]);
  });

  it('makes another entry of one whose variables have changed', () => {
    const digest = (): string => parse({ envFile: '.env' }).entries[0]!.digest;
    const before = digest();
    expect(digest()).toBe(before);
    writeFileSync(path, 'KEY=s3cret\n');
    expect(digest()).not.toBe(before);
  });

  it.each([
    ['there is none', 'nowhere', 'ENOENT'],
    ['it is a directory', 'directory', 'it is no file'],
    ['it would never end', 'pipe', 'it is no file'],
    ['it is too large', 'large', `it has more than ${MAX_REFERRED_BYTES} bytes`],
  ])('sets the entry aside when %s', (_case, name, reason) => {
    mkdirSync(join(directory, 'directory'), { recursive: true });
    if (name === 'pipe') execFileSync('mkfifo', [join(directory, name)]);
    if (name === 'large') writeFileSync(join(directory, name), `A=${'s3cret'.repeat(20_000)}`);
    expect(parse({ envFile: name })).toMatchObject({
      entries: [],
      setAside: [{ name: 'a', problems: [`line 1: a.envFile cannot be read: ${reason}`] }],
    });
  });

  it.each([
    [{ envFile: 7 }, 'line 1: a.envFile is no text'],
    [{ envFile: '${NOT}/.env' }, 'line 1: a.envFile refers to the variable NOT, which is not set'],
  ])('says what is wrong with %j once', (entry, problem) => {
    expect(parse(entry).setAside).toEqual([{ name: 'a', problems: [problem] }]);
  });

  it('has values in files of their own, beside the file, at home or anywhere', () => {
    writeFileSync(join(directory, 'token'), '  s3cret-token\n');
    const at = (reference: string): UpstreamsFile =>
      parse({ args: ['--token', `\${file:${reference}}`], env: { T: `\${file:${reference}}` } });
    const home = { args: ['--token', 's3cret-token'], env: { T: 's3cret-token' }, secrets: ['s3cret-token'] };
    for (const reference of ['token', join(directory, 'token')])
      expect(at(reference).entries).toMatchObject([home]);
    expect(at('~/none').setAside[0]?.problems).toEqual([
      'line 1: a.env.T refers to the file ~/none, which cannot be read: ENOENT',
      'line 1: a.args[1] refers to the file ~/none, which cannot be read: ENOENT',
    ]);
    expect([...at('~/none').files.keys()]).toEqual(['/root/none']);
    expect(at('large').setAside[0]?.problems[0]).toContain(`it has more than ${MAX_REFERRED_BYTES} bytes`);
  });

  it('reads each of them once, and no more than so many', () => {
    const files = new ReferredFiles();
    expect(files.read(path)).toBe('KEY=s3cret\n');
    writeFileSync(path, 'KEY=other\n');
    expect(files.read(path)).toBe('KEY=s3cret\n');
    const args = Array.from({ length: MAX_REFERRED_FILES + 1 }, (_, index) => `\${file:f${index}:-x}`);
    const { entries, files: found } = parse({ args });
    expect(entries).toMatchObject([{ args: args.map(() => 'x') }]);
    expect(found.size).toBe(MAX_REFERRED_FILES);
  });

  it('tells whether one has changed since, appeared or gone', async () => {
    const files = new ReferredFiles();
    const other = join(directory, 'other');
    files.read(path);
    expect(() => files.read(other)).toThrow('ENOENT');
    expect(await haveChanged(files.all)).toBe(false);
    writeFileSync(other, '');
    expect(await haveChanged(files.all)).toBe(true);
    rmSync(other);
    expect(await haveChanged(files.all)).toBe(false);
    rmSync(path);
    expect(await haveChanged(files.all)).toBe(true);
  });
});
