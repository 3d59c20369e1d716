import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IpCommand } from './ip-command.js';
import { ProgramRunner } from './program-runner.js';
import { linuxPaths } from './system-paths.js';

describe(IpCommand.name, () => {
  const { signal } = new AbortController();
  let directory: string;
  let sut: IpCommand;

  /** An `ip` that answers as some version of it does. */
  const installIp = (source: string): void =>
    writeFileSync(join(directory, 'ip'), `#!/bin/sh\n${source}\n`, { mode: 0o755 });

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'mcpo-ip-'));
    sut = new IpCommand(new ProgramRunner({ ...linuxPaths, programs: directory }));
  });

  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('asks for details, as JSON', async () => {
    installIp('echo "[{\\"arguments\\": \\"$*\\"}]"');
    expect(await sut.query(['-4', 'route'], signal)).toEqual([{ arguments: '-d -j -4 route' }]);
  });

  it('takes no output for an empty table', async () => {
    installIp('');
    expect(await sut.query(['route'], signal)).toEqual([]);
  });

  it.each([
    ['a missing ip', null, 'missing_binary'],
    ['BusyBox', 'echo "ip: unrecognized option: d" >&2; exit 1', 'not_supported'],
    ['an old iproute2', 'echo \'Option "-j" is unknown, try "ip -help".\' >&2; exit 255', 'not_supported'],
    [
      'a closed netlink',
      'echo "Cannot open netlink socket: Address family not supported by protocol" >&2; exit 1',
      'permission_denied',
    ],
    ['another failure', 'echo "Dump terminated" >&2; exit 2', 'tool_failed'],
    ['output that is not JSON', 'echo "1: lo: <LOOPBACK>"', 'tool_failed'],
  ])('tells %s apart', async (_name, source, code) => {
    if (source !== null) installIp(source);
    await expect(sut.query(['addr'], signal)).rejects.toMatchObject({ code });
  });
});
