import { exposedName } from './exposed-name.js';

const NOBODYS = (): boolean => false;

describe(exposedName, () => {
  it('puts the prefix in front', () => {
    expect(exposedName('github', 'get_issue', NOBODYS)).toBe('github_get_issue');
    expect(exposedName('', 'get_issue', NOBODYS)).toBe('get_issue');
    expect(exposedName('a', 'files_read-all', NOBODYS)).toBe('a_files_read-all');
  });

  it('makes a valid name of any, and keeps apart what would become the same', () => {
    const [blank, slash] = [exposedName('a', 'read file', NOBODYS), exposedName('a', 'read/file', NOBODYS)];
    expect(blank).toMatch(/^a_read_file_[0-9a-f]{8}$/);
    expect(slash).toMatch(/^a_read_file_[0-9a-f]{8}$/);
    expect(blank).not.toBe(slash);
  });

  it.each([
    ['calendar.read', /^a_calendar_read_[0-9a-f]{8}$/],
    ['получить погоду', /^a_poluchit_pogodu_[0-9a-f]{8}$/],
    ['天气查询', /^a_TianQiChaXun_[0-9a-f]{8}$/],
    ['ファイル', /^a_fuairu_[0-9a-f]{8}$/],
    ['Größe', /^a_Grosse_[0-9a-f]{8}$/],
    ['\u0000\u{1F600}'.repeat(500), /^[A-Za-z0-9_-]{1,48}$/],
  ])('spells %j in characters that model APIs take', (own, expected) => {
    expect(exposedName('a', own, NOBODYS)).toMatch(expected);
  });

  it('cuts a long name, and keeps apart those that begin alike', () => {
    const names = ['x'.repeat(70), 'x'.repeat(71)].map((own) => exposedName('a', own, NOBODYS));
    // With `mcp__mcpo__` in front and more they are within the 64 characters of model APIs.
    for (const name of names) expect(name).toHaveLength(48);
    expect(names[0]).not.toBe(names[1]);
    expect(exposedName('a', 'x'.repeat(46), NOBODYS)).toBe(`a_${'x'.repeat(46)}`);
  });

  it('gives way to whom the name may belong to, always in the same way', () => {
    const isForeign = (name: string): boolean => name === 'network_ping';
    const name = exposedName('network', 'ping', isForeign);
    expect(name).toMatch(/^network_ping_[0-9a-f]{8}$/);
    expect(exposedName('network', 'ping', isForeign)).toBe(name);
  });
});
