import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProgramRunner } from '../host/program-runner.js';
import { ProgramVariants } from '../host/program-variants.js';
import { PRINCIPAL } from '../../../test/helpers/application-context.js';
import { simulateClock } from '../../../test/helpers/simulated-clock.js';
import { waitFor } from '../../../test/helpers/wait-for.js';
import { Slots } from '../host/slots.js';
import { WAIT_MS } from './echo.port.js';
import { IcmpEcho } from './icmp.echo.js';

/**
 * As iputils has it: is answered at once, but for 192.0.2.1, listens on, and sums up when it is told to end. For 192.0.2.2
 * it begins, and is answered, when a file says so.
 */
const PING = `#!/bin/sh
[ "$1" = -V ] && { echo 'ping from iputils 20221126'; exit 0; }
sum_up() {
  printf '\\n--- 127.0.0.1 ping statistics ---\\n1 packets transmitted, %d received, 0%% packet loss, time 0ms\\n' $received
  exit 0
}
trap sum_up INT
if [ "$5" = 192.0.2.2 ]; then
  : >"\${0%ping}asked"
  until [ -e "\${0%ping}begin" ]; do /bin/sleep 0.02; done
fi
printf 'PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.\\n'
received=0
if [ "$5" = 192.0.2.2 ]; then
  : >"\${0%ping}sent"
  until [ -e "\${0%ping}answer" ]; do /bin/sleep 0.02; done
fi
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

  it('waits for the answer from when ping has begun, however long that takes a busy machine', async () => {
    const file = (name: string): string => join(programs, name);
    const slow = { address: '192.0.2.2', family: 'ipv4' } as const;
    simulateClock();
    try {
      const asked = sut.echo(
        slow,
        { count: 1, intervalMs: 1, port: 443, principal: PRINCIPAL },
        never,
        never,
      );
      await waitFor(() => existsSync(file('asked')));
      jest.advanceTimersByTime(WAIT_MS + 500);
      writeFileSync(file('begin'), '');
      await Promise.race([asked, waitFor(() => existsSync(file('sent')))]);
      jest.advanceTimersByTime(WAIT_MS - 500);
      writeFileSync(file('answer'), '');
      const { requests } = await asked;
      expect(requests).toMatchObject([{ pending: false, replies: [{ seq: 1, from: '127.0.0.1' }] }]);
    } finally {
      jest.useRealTimers();
    }
  });
});
