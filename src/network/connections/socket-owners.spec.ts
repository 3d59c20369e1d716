import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSocketOwners, processFilter } from './socket-owners.js';

describe('findSocketOwners', () => {
  const proc = mkdtempSync(join(tmpdir(), 'mcpo-proc-'));

  beforeAll(() => {
    for (const [pid, name, sockets] of [
      [1, 'one', [11, 12]],
      [2, 'two', [12]],
    ] as const) {
      mkdirSync(join(proc, `${pid}/fd`), { recursive: true });
      writeFileSync(join(proc, `${pid}/comm`), `${name}\n`);
      for (const [fd, inode] of sockets.entries())
        symlinkSync(`socket:[${inode}]`, join(proc, `${pid}/fd/${fd}`));
    }
  });
  afterAll(() => rmSync(proc, { recursive: true }));

  it('names every process that holds a socket', () => {
    const owners = findSocketOwners(proc, (inode) => inode === '12' || inode === '99');
    expect(owners.get('12')).toEqual([
      { pid: 1, name: 'one', fd: 1 },
      { pid: 2, name: 'two', fd: 0 },
    ]);
    expect([owners.has('11'), owners.has('99')]).toEqual([false, false]);
  });

  it('looks at one process alone, by its id or its name', () => {
    const socketsOf = (process: string): string[] => [
      ...findSocketOwners(proc, () => true, processFilter(process)).keys(),
    ];
    expect(socketsOf('1')).toEqual(['11', '12']);
    expect(socketsOf('two')).toEqual(['12']);
    expect(socketsOf('three')).toEqual([]);
  });

  it('keeps a name as the process has written it, and finds what the kernel has cut', () => {
    writeFileSync(join(proc, '2/comm'), ' two\n(x) \n');
    expect(findSocketOwners(proc, () => true).get('12')?.[1]?.name).toBe(' two\n(x) ');
    writeFileSync(join(proc, '2/comm'), 'a-name-of-fifte\n');
    const found = findSocketOwners(proc, () => true, processFilter('a-name-of-fifteen-and-more'));
    expect(found.get('12')).toHaveLength(1);
  });
});
