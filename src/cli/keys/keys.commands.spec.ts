import { apiKeyDigest } from '../../core/api-key-digest.js';
import { KeysCommandError, list, mint, revoke, rotate } from './keys.commands.js';
import type { KeysFile } from '../../access/keys/keys-file.js';

const NOW = new Date('2026-11-22T12:00:00Z');
const at = (hours: number): string => new Date(NOW.getTime() + hours * 3_600_000).toISOString();

const FILE: KeysFile = {
  keys: [
    { name: 'alice', digest: 'a'.repeat(64), scopes: ['chat'], expires: at(10) },
    { name: 'bob', digest: 'b'.repeat(64), scopes: ['tools:call'] },
    { name: 'late', digest: 'c'.repeat(64), scopes: ['tools:call'], expires: at(-1) },
  ],
};

describe(mint.name, () => {
  it('adds a key, and leaves the others and the file that it was given alone', () => {
    const { file, result } = mint(FILE, { name: 'carol', scopes: ['chat'] }, NOW);
    expect(file.keys.slice(0, 3)).toEqual(FILE.keys);
    expect(file.keys[3]).toEqual({
      name: 'carol',
      digest: apiKeyDigest(result.key),
      created: NOW.toISOString(),
      scopes: ['chat'],
    });
    expect(FILE.keys).toHaveLength(3);
  });

  it('does not give a name twice', () => {
    expect(() => mint(FILE, { name: 'bob', scopes: ['chat'] }, NOW)).toThrow(KeysCommandError);
  });
});

describe(rotate.name, () => {
  const rotated = (
    name: string,
    change: Parameters<typeof rotate>[2],
    file = FILE,
  ): KeysFile['keys'][number] => rotate(file, name, change, NOW).result.entry;

  it('keeps the rights and the end of a key', () => {
    expect(rotated('alice', {})).toMatchObject({ name: 'alice', scopes: ['chat'], expires: at(10) });
    expect(rotated('alice', {})).not.toHaveProperty('previous');
  });

  it('lets the former key live for its grace, and never beyond its own end', () => {
    const digest = 'a'.repeat(64);
    expect(rotated('alice', { graceEnds: new Date(at(5)) }).previous).toEqual([{ digest, expires: at(5) }]);
    const longer = rotated('alice', { graceEnds: new Date(at(24)), expires: at(100) });
    expect(longer).toMatchObject({ expires: at(100), previous: [{ digest, expires: at(10) }] });
  });

  it('keeps former keys that are still in their grace, and drops the others', () => {
    const previous = [
      { digest: 'd'.repeat(64), expires: at(1) },
      { digest: 'e'.repeat(64), expires: at(-1) },
    ];
    const file: KeysFile = { keys: [{ name: 'bob', digest: 'b'.repeat(64), scopes: ['chat'], previous }] };
    expect(rotated('bob', { graceEnds: new Date(at(2)) }, file).previous).toEqual([
      previous[0],
      { digest: 'b'.repeat(64), expires: at(2) },
    ]);
    expect(rotated('bob', {}, file).previous).toEqual([previous[0]]);
  });

  it('does not make a key that has expired already', () => {
    expect(() => rotated('late', {})).toThrow(/--expires/);
    expect(rotated('late', { expires: at(1) })).toMatchObject({ expires: at(1) });
  });
});

describe(revoke.name, () => {
  it('takes out the one, and knows no other', () => {
    expect(revoke(FILE, 'bob').file.keys.map(({ name }) => name)).toEqual(['alice', 'late']);
    expect(() => revoke(FILE, 'nobody')).toThrow(KeysCommandError);
  });
});

describe(list.name, () => {
  it('shows fingerprints, and what has expired', () => {
    expect(list(FILE, NOW)).toEqual([
      { name: 'alice', fingerprint: 'aaaaaaaa', state: 'good', scopes: ['chat'], expires: at(10) },
      { name: 'bob', fingerprint: 'bbbbbbbb', state: 'good', scopes: ['tools:call'] },
      { name: 'late', fingerprint: 'cccccccc', state: 'expired', scopes: ['tools:call'], expires: at(-1) },
    ]);
  });
});
