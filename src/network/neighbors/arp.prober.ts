import { isIPv4 } from 'node:net';
import { Injectable } from '@nestjs/common';
import type { Principal } from '../../core/principal.js';
import { ToolError } from '../../tools/tool-error.js';
import { exitFailure } from '../host/program-failure.js';
import { ProgramRunner } from '../host/program-runner.js';
import { ProgramVariants } from '../host/program-variants.js';
import { RouteOracle } from '../route-lookup/route-oracle.service.js';
import { ProbeGate } from '../target/probe-gate.js';
import type { ArpProbe } from './neighbor.schema.js';

/** Requests; as many seconds are waited for answers. */
const REQUESTS = '2';
const MAX_OUTPUT_BYTES = 16 * 1024;
const MAX_MACS = 10;

export interface ArpQuestion {
  readonly tool: string;
  readonly principal: Principal;
  readonly address: string | undefined;
  readonly interface: string | undefined;
}

/** Asks everybody on a link who has an IPv4 address (RFC 826; of an own one as RFC 5227, 2.1.1). */
@Injectable()
export class ArpProber {
  constructor(
    private readonly oracle: RouteOracle,
    private readonly gate: ProbeGate,
    private readonly runner: ProgramRunner,
    private readonly variants: ProgramVariants,
  ) {}

  /**
   * @throws ToolError `invalid_arguments` for what no link can be asked for; `policy_denied`; `missing_binary`,
   *   `permission_denied`, `not_supported` where there is no arping that may be used.
   */
  async probe(
    { address, interface: wanted, tool, principal }: ArpQuestion,
    signal: AbortSignal,
  ): Promise<ArpProbe> {
    if (address === undefined || !isIPv4(address)) throw unfit('It needs one IPv4 address as "address".');
    await this.gate.admit({ tool, principal, host: address, address, transport: 'icmp' });
    const {
      outcome,
      gateway,
      interface: device,
    } = await this.oracle.ask(
      { address, family: 'ipv4' },
      wanted === undefined ? {} : { oif: wanted },
      signal,
    );
    const own = outcome === 'local';
    const link = wanted ?? (own ? null : device);
    if (gateway !== null || link === null) {
      throw unfit(
        own ? 'Of an own address it needs "interface".' : `${address} is not on a link of this machine.`,
      );
    }
    if ((await this.variants.of('arping', signal)) !== 'iputils') throw otherArping();
    const args = [own ? '-D' : '-b', '-c', REQUESTS, '-w', REQUESTS, '-I', link, address];
    const { exitCode, stdout, stderr } = await this.runner.run('arping', args, {
      signal,
      maxOutputBytes: MAX_OUTPUT_BYTES,
    });
    // It ends with 1 when nobody, or of an own address somebody, has answered.
    if (exitCode !== 0 && exitCode !== 1) throw exitFailure('arping', stderr, address);
    if (!stdout.includes('ARPING ')) throw exitFailure('arping', stderr, address);
    const macs = macsIn(stdout);
    return { address, interface: link, macs, own, conflict: macs.length > (own ? 0 : 1) };
  }
}

const MAC = /^[0-9A-F:]{17}$/i;

/** Those of the lines `Unicast reply from 192.0.2.1 [02:00:00:00:00:01]  0.583ms`. */
export function macsIn(stdout: string): string[] {
  const found = stdout
    .split('\n')
    .filter((line) => line.includes(' reply from '))
    .map((line) => line.slice(line.indexOf('[') + 1, line.indexOf(']')))
    .filter((mac) => MAC.test(mac));
  return [...new Set(found.map((mac) => mac.toLowerCase()))].slice(0, MAX_MACS);
}

const unfit = (message: string): ToolError =>
  new ToolError(
    'invalid_arguments',
    `There is nobody to ask by ARP. ${message}`,
    'Give an IPv4 address of an attached network, or leave "arpProbe" out.',
  );

const otherArping = (): ToolError =>
  new ToolError(
    'not_supported',
    'The arping that is installed where the server runs is not that of iputils.',
    'Install it there (Debian, Ubuntu: apt-get install iputils-arping).',
  );
