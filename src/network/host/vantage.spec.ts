import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { linuxPaths } from './system-paths.js';
import { vantageLine, VantagePoint } from './vantage.js';

describe(VantagePoint.name, () => {
  let proc: string;
  let sut: VantagePoint;

  beforeEach(() => {
    proc = mkdtempSync(join(tmpdir(), 'mcpo-proc-'));
    sut = new VantagePoint({ ...linuxPaths, proc });
  });

  afterEach(() => rmSync(proc, { recursive: true, force: true }));

  it('names the host, the network namespace and the replica', async () => {
    await mkdir(join(proc, 'self/ns'), { recursive: true });
    await symlink('net:[4026531840]', join(proc, 'self/ns/net'));
    const vantage = await sut.describe();
    expect(vantage).toEqual({
      host: hostname(),
      networkNamespace: 'net:[4026531840]',
      replica: `${hostname()}:${process.pid}`,
    });
    expect(vantageLine(vantage)).toBe(`Seen from ${hostname()}, network namespace net:[4026531840].`);
  });

  it('does without the namespace where that cannot be read', async () => {
    const vantage = await sut.describe();
    expect(vantage.networkNamespace).toBeNull();
    expect(vantageLine(vantage)).toBe(`Seen from ${hostname()}.`);
  });
});
