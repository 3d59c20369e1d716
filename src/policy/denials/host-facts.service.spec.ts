import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';

import { parseIp } from '../address/ip.js';
import { type HostFact, HostFacts } from './host-facts.service.js';

/** Reads tables of its own. */
class FactsOf extends HostFacts {
  constructor(protected override readonly directory: string) {
    super();
  }
}

describe(HostFacts.name, () => {
  const directory = mkdtempSync(join(tmpdir(), 'mcpo-facts-'));
  const of = (address: string): Promise<HostFact> => new FactsOf(directory).of(parseIp(address));

  afterAll(() => rmSync(directory, { recursive: true }));

  it('asks the kernel for an IPv4 address where its table cannot be read whole', async () => {
    // All of it is broadcast to the kernel, and no interface has it.
    await expect(of('255.255.255.255')).resolves.toMatchObject({ isOwn: false, isBroadcast: true });
    await expect(of('192.0.2.1')).resolves.toMatchObject({ isOwn: false, isBroadcast: false });
  });

  it.each(['127.0.0.1', '::1', '127.9.9.9'])('knows %s without any table', async (address) => {
    await expect(of(address)).resolves.toMatchObject({ isOwn: true });
  });

  it('warns once of routes of IPv6 that it does not know', async () => {
    mkdirSync(join(directory, 'ipv6_route'));
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    await expect(of('2001:db8::1')).resolves.toMatchObject({ isOwn: false });
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('local'));
    warn.mockRestore();
  });
});
