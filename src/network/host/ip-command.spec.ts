import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queryIp } from './ip-command.js';
import type { LooseObject } from './loose-json.js';
import { ProgramRunner } from './program-runner.js';
import { linuxPaths } from './system-paths.js';

describe('queryIp', () => {
  const { signal } = new AbortController();
  let directory: string;
  let runner: ProgramRunner;

  const query = async (args: readonly string[]): Promise<LooseObject[]> => {
    const found: LooseObject[] = [];
    await queryIp(
      (program, options, onText) => runner.run(program, options, { signal, onText }),
      args,
      (element) => found.push(element),
    );
    return found;
  };

  /** An `ip` that answers as some version of it does. */
  const installIp = (source: string): void =>
    writeFileSync(join(directory, 'ip'), `#!/bin/sh\n${source}\n`, { mode: 0o755 });

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'mcpo-ip-'));
    runner = new ProgramRunner({ ...linuxPaths, programs: directory });
  });

  afterEach(() => {
    runner.onApplicationShutdown();
    rmSync(directory, { recursive: true, force: true });
  });

  it('asks for details, as JSON', async () => {
    installIp('echo "[{\\"arguments\\": \\"$*\\"}]"');
    expect(await query(['-4', 'route'])).toEqual([{ arguments: '-d -j -4 route' }]);
  });

  it('takes no output for an empty table', async () => {
    installIp('');
    expect(await query(['route'])).toEqual([]);
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
    [
      'BusyBox of Debian 12',
      'printf "BusyBox v1.35.0\\n\\nUsage: ip [OPTIONS] address|route\\n" >&2; exit 1',
      'not_supported',
    ],
    ['output that is not JSON', 'echo "1: lo: <LOOPBACK>"', 'not_supported'],
    ['output that ends in the middle', 'echo "[{\\"ifname\\":\\"lo\\"},{"', 'not_supported'],
  ])('tells %s apart', async (_name, source, code) => {
    if (source !== null) installIp(source);
    await expect(query(['addr'])).rejects.toMatchObject({ code });
  });
});
