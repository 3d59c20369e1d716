import type { UpstreamEntry } from '../file/upstream.entry.js';
import { MAX_MESSAGE, UpstreamError } from '../upstream.error.js';
import { KnownSecrets } from './known-secrets.js';

const http = (members: object): UpstreamEntry =>
  ({ kind: 'http', url: 'http://a/mcp', headers: {}, ...members }) as unknown as UpstreamEntry;
const stdio = (env: object, args: readonly string[] = []): UpstreamEntry =>
  ({ kind: 'stdio', env, args }) as unknown as UpstreamEntry;

describe(KnownSecrets.name, () => {
  it.each([
    [http({ headers: { authorization: 'Bearer abc-def' } }), 'no: Bearer abc-def', 'no: ***'],
    [http({ headers: { authorization: 'Bearer abc-def' } }), 'token abc-def, abc-def', 'token ***, ***'],
    [http({ url: 'http://user:pass%21word@a/?key=in-the-query' }), 'pass!word in-the-query', '*** ***'],
    [stdio({ API_TOKEN: 'abc-def', HOME: '/home/somebody' }), 'abc-def /home/somebody', '*** /home/somebody'],
    [http({ headers: { 'x-tenant': 'a' } }), 'a tenant', 'a tenant'],
    [
      http({ url: 'http://h/s/SECRETTOKEN12345/mcp' }),
      'to http://i/s/SECRETTOKEN12345/mcp',
      'to http://i/s/***/mcp',
    ],
    [http({ url: 'http://us%er%:pass%@a/' }), 'pass% no', 'pass% no'],
    [stdio({ DB_PASS: 'hunter22', DATABASE_URL: 'pg://u:pw@h/d' }), 'hunter22 pg://u:pw@h/d', '*** ***'],
    [
      stdio({}, ['--api-key=sk-1234', '--token', 'sk-5678', 'sk-9999']),
      'sk-1234 sk-5678 sk-9999',
      '*** *** sk-9999',
    ],
    [
      stdio({}, ['mcp-remote', 'https://h/mcp', '--header', 'Authorization: Bearer abc-def']),
      'https://h/mcp said Bearer abc-def, and abc-def',
      'https://h/mcp said ***, and ***',
    ],
    [stdio({}, ['run', '-e', 'API_KEY=sk-12345', '-e', 'MODE=verbose']), 'sk-12345 verbose', '*** verbose'],
    [stdio({}, ['postgres://app:hunter22@db/shop']), 'no hunter22 of db', 'no *** of db'],
    [stdio({}, ['--url=https://h/?sig=abc-def&x=1']), 'sig abc-def', 'sig ***'],
    [stdio({ DB_PASS: 'a"b\\c€d' }), 'not "a\\"b\\\\c€d"', 'not "***"'],
    [stdio({ DB_PASS: 'a b/c&d' }), 'no ?p=a%20b%2Fc%26d', 'no ?p=***'],
    [
      { ...stdio({}, ['sk-by-reference']), secrets: ['sk-by-reference'] },
      'unknown sk-by-reference',
      'unknown ***',
    ],
    // What is said is cut before it is looked through.
    [stdio({ DB_PASS: 'correct-horse' }), 'no "correct-h..."', 'no "***..."'],
    [stdio({ DB_PASS: 'correct-horse' }), 'no correct-h', 'no correct-h'],
    [
      stdio({ DB_PASS: 'correct-horse' }),
      `${'x'.repeat(MAX_MESSAGE - 9)}correct-h`,
      `${'x'.repeat(MAX_MESSAGE - 9)}***`,
    ],
  ])('%j: hides what goes to it', (entry, text, hidden) => {
    expect(new KnownSecrets(entry, {}).hide(text)).toBe(hidden);
  });

  it('hides what a caller brings, and leaves the rest of an error as it is', () => {
    const sut = new KnownSecrets(http({}), { 'x-user-token': 'of-the-caller' });
    const error = new UpstreamError('refused', 'no of-the-caller', { status: 400 });
    expect(sut.hideIn(error)).toMatchObject({ kind: 'refused', message: 'no ***', details: { status: 400 } });
    const other = new UpstreamError('refused', 'no');
    expect(sut.hideIn(other)).toBe(other);
  });
});
