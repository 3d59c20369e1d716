import { ConfigurationError } from '../../config/configuration.loader.js';
import { MAX_ENTRY_LENGTH } from './key-texts.js';
import { MAX_PROBLEMS, parseKeysFile } from './keys-file.js';

const [A, B, C] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [string, string, string];
const SMALL = { name: 'small', digest: A, scopes: ['tools:call'] };
const LATER = '2027-01-31T00:00:00Z';

const problemsOf = (content: unknown): readonly string[] => {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  try {
    parseKeysFile(text, '/keys.json');
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
};
const problemsOfKey = (members: object): readonly string[] =>
  problemsOf({ keys: [{ ...SMALL, ...members }] });

describe(parseKeysFile.name, () => {
  it('reads a key with every member', () => {
    const full = {
      name: 'billing-agent',
      digest: A,
      created: '2026-11-22T18:00:00+01:00',
      expires: LATER,
      scopes: ['tools:call:network_*', 'tools:call', 'chat', 'admin'],
      tools: { allow: ['network_*', 'a.b-c'], deny: ['*_ping'] },
      rateLimit: { maxRequests: 5, windowMs: 60_000 },
      addresses: ['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', '::1'],
      previous: [{ digest: B, expires: LATER }],
    };
    expect(parseKeysFile(JSON.stringify({ keys: [full] }), 'f').keys).toEqual([full]);
  });

  it('reads a key with none but the needed members, and a file without keys', () => {
    expect(problemsOf({ keys: [SMALL] })).toEqual([]);
    expect(problemsOf({ keys: [] })).toEqual([]);
  });

  it.each([
    ['name', { name: '' }],
    ['name', { name: 'two words' }],
    ['name', { name: '-dash' }],
    ['name', { name: 'x'.repeat(65) }],
    ['name', { name: 'deadbeef' }],
    ['name', { name: undefined }],
    ['digest', { digest: 'mcpo_0123456789ABCDEFGHIJKLMNOPQRSTUV_2TMS9X' }],
    ['digest', { digest: A.toUpperCase() }],
    ['digest', { digest: A.slice(1) }],
    ['digest', { digest: undefined }],
    ['created', { created: 'yesterday' }],
    ['expires', { expires: '2027-01-31' }],
    ['expires', { expires: '2027-13-31T00:00:00Z' }],
    ['expires', { expires: 1_800_000_000 }],
    ['scopes', { scopes: undefined }],
    ['scopes', { scopes: [] }],
    ['scopes[0]', { scopes: ['root'] }],
    ['scopes[1]', { scopes: ['chat', 'tools:call:'] }],
    ['scopes[0]', { scopes: ['tools:call:a b'] }],
    ['tools.allow[0]', { tools: { allow: ['network_?ing'] } }],
    ['tools.allow[1]', { tools: { allow: ['a', ''] } }],
    ['tools.deny[0]', { tools: { deny: ['^network_.*$'] } }],
    ['rateLimit.maxRequests', { rateLimit: { maxRequests: 0, windowMs: 60_000 } }],
    ['rateLimit.windowMs', { rateLimit: { maxRequests: 1, windowMs: 999 } }],
    ['rateLimit.windowMs', { rateLimit: { maxRequests: 1 } }],
    ['addresses', { addresses: [] }],
    ['addresses[0]', { addresses: ['10.0.0.0/33'] }],
    ['addresses[0]', { addresses: ['010.0.0.1'] }],
    ['addresses[0]', { addresses: ['localhost'] }],
    ['previous[0].expires', { previous: [{ digest: B }] }],
  ])('says that %s is wrong in %j, in one problem', (member, members) => {
    const problems = problemsOfKey(members);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^\/keys\.json: /);
    expect(problems[0]).toContain(`keys[0].${member} `);
  });

  it.each([
    ['keys[0]', { scope: ['chat'] }],
    ['keys[0].tools', { tools: { allowed: ['a'] } }],
    ['keys[0].rateLimit', { rateLimit: { maxRequests: 1, windowMs: 1000, burst: 2 } }],
  ])('knows no other member in %s', (place, members) => {
    expect(problemsOfKey(members)).toEqual([
      expect.stringContaining(`${place} has a member that is not known`),
    ]);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{"keys": ['],
    ['a list', []],
    ['no keys', {}],
    ['keys that are no list', { keys: {} }],
    ['something beside the keys', { keys: [], version: 1 }],
  ])('does not read %s', (_what, content) => {
    expect(problemsOf(content)).toHaveLength(1);
  });

  it('finds doubled names and doubled digests, also of keys that were rotated', () => {
    const keys = [
      { ...SMALL, previous: [{ digest: B, expires: LATER }] },
      { ...SMALL, digest: C },
      { ...SMALL, name: 'other', digest: B },
    ];
    expect(problemsOf({ keys })).toEqual([
      expect.stringMatching(/keys\[1\]\.name is "small".*keys\[0\]/) as string,
      expect.stringMatching(/keys\[2\] \(other\) has a digest that keys\[0\] has/) as string,
    ]);
  });

  it('says on which line an entry with a problem begins, or the text is no JSON', () => {
    const good = `{"name": "small", "digest": "${A}", "scopes": ["chat"]}`;
    const text = `{\n "keys": [\n  ${good},\n\n  {\n   "name": "b", "digest": "x" }, {"name": "c", "digest": "${A}"}\n]}`;
    expect(problemsOf(text)).toEqual([
      '/keys.json: line 5: keys[1].digest cannot be used: set it to the SHA-256 of the key, 64 lower-case hexadecimal digits',
      '/keys.json: line 5: keys[1].scopes is missing',
      '/keys.json: line 6: keys[2].scopes is missing',
    ]);
    expect(problemsOf(`{\n "keys": [\n  ${good},\n  {\n   "name": "b",}\n]}`)).toEqual([
      expect.stringMatching(/^\/keys\.json: line 5: it is not JSON/) as string,
    ]);
  });

  it('lists all problems at once', () => {
    const keys = [{ ...SMALL, name: '' }, { ...SMALL, digest: 'x', scopes: ['y'] }, { surprise: 1 }];
    expect(problemsOf({ keys }).length).toBeGreaterThanOrEqual(6);
  });

  it('tells a bounded number of problems, and how many more there are', () => {
    const keys = Array.from({ length: 1000 }, () => ({ ...SMALL, digest: 'x' }));
    const problems = problemsOf({ keys });
    expect(problems).toHaveLength(MAX_PROBLEMS + 1);
    expect(problems.at(-1)).toBe(`/keys.json: and ${1000 - MAX_PROBLEMS} more of the kind`);
  });

  it.each([
    ['a long entry', `{"keys": [{"name": "${'x'.repeat(MAX_ENTRY_LENGTH)}`, /has an entry of more than/],
    ['much beside its entries', `{"keys": []${' '.repeat(MAX_ENTRY_LENGTH)}}`, /beside its entries/],
    ['the keys twice', '{"keys": [], "keys": []}', /has the member "keys" twice/],
    ['a deep entry', `{"keys": [${'['.repeat(100_000)}${']'.repeat(100_000)}]}`, /levels deep/],
  ])('does not read %s', (_what, text, problem) => {
    expect(problemsOf(text)).toEqual([expect.stringMatching(problem) as string]);
  });

  it.each([
    ['{"keys": [,]}'],
    ['{"keys": [{}'],
    ['{"keys": [{}]'],
    ['{"keys": [{]}'],
    ['{"keys": [{}}}'],
    ['{"keys": [{},]}'],
    ['{"keys": [{} {}]}'],
    ['{"keys": []}]'],
    ['{"keys": ["}'],
  ])('takes %s for no JSON', (text) => {
    expect(problemsOf(text)).toEqual([expect.stringContaining('it is not JSON') as string]);
  });

  it('reads names and blanks that look like something else', () => {
    const text = ` { "keys" :\n [ {"name":"small","digest":"${A}","scopes":["tools:call:*"] , "addresses" : ["::1"]} ] } `;
    expect(parseKeysFile(text, 'f').keys).toHaveLength(1);
    expect(problemsOf('{"keys":["\\"],[{"]}')).toEqual([
      expect.stringContaining('keys[0] cannot be used') as string,
    ]);
  });

  it.each([
    ['in the place of a digest', { keys: [{ ...SMALL, digest: 'planted-key-1' }] }],
    ['in the place of a member', { keys: [{ ...SMALL, 'planted-key-1': 1 }] }],
    ['in the place of a scope', { keys: [{ ...SMALL, scopes: ['planted-key-1'] }] }],
    ['in a text that is no JSON', '{"keys": [planted-key-1]}'],
  ])('never repeats a key that stands %s', (_what, content) => {
    const problems = problemsOf(content);
    expect(problems).toHaveLength(1);
    expect(problems[0]).not.toContain('planted');
  });
});
