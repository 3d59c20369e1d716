import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inOneGo } from '../../core/steps.js';
import { addressesInHosts, HostsFile, MAX_HOSTS_BYTES, inOneForm } from './hosts-file.js';

const read = (text: string, name: string): string[] =>
  inOneGo(addressesInHosts(inOneGo(inOneForm(Buffer.from(text))), name));

describe('addressesInHosts', () => {
  it.each([
    ['192.0.2.1 a b', 'B', ['192.0.2.1']],
    ['192.0.2.1 a\n2001:db8::1 a.', 'a', ['192.0.2.1', '2001:db8::1']],
    ['192.0.2.1 ab', 'a', []],
    ['nonsense a', 'a', []],
    ['192.0.2.1', '192.0.2.1', []],
    ['192.0.2.1 WWW.Example', 'www.example.', ['192.0.2.1']],
    ['192.0.2.1\twww.example#mine', 'www.example', ['192.0.2.1']],
    ['192.0.2.1 www # example', 'example', []],
    ['# 192.0.2.1 www', 'www', []],
    ['  192.0.2.1  \t a-b  a\r\n', 'a', ['192.0.2.1']],
    ['192.0.2.1 a.b a..', 'a', []],
    ['fe80::1%Eth0 gate', 'GATE', ['fe80::1%Eth0']],
    ['192.0.2.1 a a a\n\n192.0.2.2 a', 'a', ['192.0.2.1', '192.0.2.2']],
    [`${'1'.repeat(100)} a`, 'a', []],
    ['', 'a', []],
    ['192.0.2.1 a', '', []],
  ])('reads %j for %s', (text, name, expected) => {
    expect(read(text, name)).toEqual(expected);
  });

  it('finds a name wherever it stands in a long file', () => {
    const filler = '0.0.0.0 blocked.example\n'.repeat(30_000);
    for (const cut of [0, 1, 2, 3, 4, 5, 6, 7, 8]) {
      const text = `${filler.slice(0, 262_144 - 12 - cut)}\n192.0.2.1 wanted\n${filler}192.0.2.2 wanted`;
      expect(read(text, 'wanted')).toEqual(['192.0.2.1', '192.0.2.2']);
    }
  });

  it('interrupts itself where everything looks like the name', () => {
    const bytes = Buffer.from('1 ab ab \n'.repeat(MAX_HOSTS_BYTES / 8));
    const steps = addressesInHosts(bytes, 'a');
    let count = 0;
    while (steps.next().done !== true) count += 1;
    expect(count).toBeGreaterThan(bytes.length / 2048);
  });
});

describe(HostsFile.name, () => {
  const { signal } = new AbortController();
  const directory = mkdtempSync(join(tmpdir(), 'mcpo-hosts-'));
  const path = join(directory, 'hosts');
  afterAll(() => rmSync(directory, { recursive: true }));

  it('is read again when it has changed, and only then', async () => {
    const sut = new HostsFile(path);
    expect(await sut.addressesOf('a', signal)).toEqual([]);
    writeFileSync(path, '192.0.2.1 a\n');
    utimesSync(path, 1, 1);
    expect(await sut.addressesOf('a', signal)).toEqual(['192.0.2.1']);
    // The same size and time: nobody could tell.
    writeFileSync(path, '192.0.2.2 a\n');
    utimesSync(path, 1, 1);
    expect(await sut.addressesOf('a', signal)).toEqual(['192.0.2.1']);
    utimesSync(path, 2, 2);
    expect(await sut.addressesOf('a', signal)).toEqual(['192.0.2.2']);
    rmSync(path);
    expect(await sut.addressesOf('a', signal)).toEqual([]);
  });

  it('knows the first megabytes of it', async () => {
    const line = '0.0.0.0 blocked.example\n';
    const filler = line.repeat(Math.ceil(MAX_HOSTS_BYTES / line.length));
    writeFileSync(path, `192.0.2.1 early\n${filler}192.0.2.2 late\n`);
    const sut = new HostsFile(path);
    expect(await sut.addressesOf('early', signal)).toEqual(['192.0.2.1']);
    expect(await sut.addressesOf('late', signal)).toEqual([]);
    // Only the first ones of so many.
    expect(await sut.addressesOf('blocked.example', signal)).toHaveLength(16);
  });
});
