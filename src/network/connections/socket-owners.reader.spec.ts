import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linuxPaths } from '../host/system-paths.js';
import { SocketOwnersReader } from './socket-owners.reader.js';

describe(SocketOwnersReader.name, () => {
  const proc = mkdtempSync(join(tmpdir(), 'mcpo-proc-'));
  const never = new AbortController().signal;
  let sut: SocketOwnersReader;

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
  beforeEach(() => {
    sut = new SocketOwnersReader({ ...linuxPaths, proc });
  });
  afterAll(() => rmSync(proc, { recursive: true }));

  it('names every process that holds a socket', async () => {
    const owners = await sut.find(new Set(['12', '99']), never);
    expect(owners.get('12')).toEqual([
      { pid: 1, name: 'one', fd: 1 },
      { pid: 2, name: 'two', fd: 0 },
    ]);
    expect([owners.has('11'), owners.has('99')]).toEqual([false, false]);
  });

  it('looks once more, and no oftener, for all who ask while it looks', async () => {
    const search = jest.spyOn(sut as unknown as { search: () => Promise<unknown> }, 'search');
    const first = sut.find(new Set(['11']), never);
    await Promise.resolve();
    const others = Array.from({ length: 50 }, (_, index) => sut.find(new Set([String(index)]), never));
    expect((await first).get('11')).toEqual([{ pid: 1, name: 'one', fd: 0 }]);
    const found = await Promise.all(others);
    expect(found[12]?.get('12')).toHaveLength(2);
    expect(search).toHaveBeenCalledTimes(2);
  });

  it('keeps nobody waiting who has given up, and goes on for the others', async () => {
    const gone = new AbortController();
    const mine = sut.find(new Set(['11']), gone.signal);
    const other = sut.find(new Set(['12']), never);
    gone.abort(new Error('gone'));
    await expect(mine).rejects.toThrow('gone');
    expect((await other).get('12')).toHaveLength(2);
  });
});
