import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProgramRunner } from '../host/program-runner.js';
import { ProgramVariants } from '../host/program-variants.js';
import { PRINCIPAL } from '../../../test/helpers/application-context.js';
import { Slots } from '../host/slots.js';
import { IcmpEcho } from './icmp.echo.js';

/** As iputils has it: is answered at once, but for one address, listens on, and sums up when it is told to end. */
const PING = `#!/bin/sh
[ "$1" = -V ] && { echo 'ping from iputils 20221126'; exit 0; }
sum_up() {
  printf '\\n--- 127.0.0.1 ping statistics ---\\n1 packets transmitted, %d received, 0%% packet loss, time 0ms\\n' $received
  exit 0
}
trap sum_up INT
printf 'PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.\\n'
received=0
[ "$5" = 192.0.2.1 ] || { received=1; printf '64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.1 ms\\n'; }
while :; do /bin/sleep 0.02; done
`;

describe(IcmpEcho.name, () => {
  const never = new AbortController().signal;
  const target = { address: '127.0.0.1', family: 'ipv4' } as const;
  let programs: string;
  let runner: ProgramRunner;
  let sut: IcmpEcho;

  beforeEach(() => {
    programs = mkdtempSync(join(tmpdir(), 'mcpo-ping-'));
    writeFileSync(join(programs, 'ping'), PING, { mode: 0o755 });
    const paths = { programs, proc: '/proc', sys: '/sys' };
    runner = new ProgramRunner(paths);
    sut = new IcmpEcho(runner, new ProgramVariants(paths, runner));
  });
  afterEach(() => {
    runner.onApplicationShutdown();
    rmSync(programs, { recursive: true });
  });

  it('has those that only listen give way to those that have not been sent', async () => {
    // Each target alone wants more places than there are.
    Object.assign(sut, { slots: new Slots(4) });
    const options = { count: 6, intervalMs: 1, port: 443, principal: PRINCIPAL };
    const all = await Promise.all(
      Array.from({ length: 3 }, () => sut.echo(target, options, never, AbortSignal.timeout(60_000))),
    );
    for (const { requests } of all) {
      expect(requests).toHaveLength(6);
      expect(requests.filter(({ pending, replies }) => pending || replies.length !== 1)).toEqual([]);
    }
  });

  it('keeps places for others while one principal waits for answers that do not come', async () => {
    Object.assign(sut, { slots: new Slots(8, 25) });
    const ofOne = { count: 6, intervalMs: 1, port: 443, principal: PRINCIPAL };
    const end = new AbortController();
    const silent = { address: '192.0.2.1', family: 'ipv4' } as const;
    const stuck = sut.echo(silent, ofOne, never, end.signal);
    const ofOther = { ...ofOne, principal: { ...PRINCIPAL, id: 'key:other' } };
    const { requests } = await sut.echo(target, ofOther, never, never);
    expect(requests.flatMap(({ replies }) => replies)).toHaveLength(6);
    end.abort();
    // Its share, and no more, has been sent meanwhile.
    expect((await stuck).requests).toHaveLength(2);
  });
});
