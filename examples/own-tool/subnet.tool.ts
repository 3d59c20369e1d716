import { isIPv4 } from 'node:net';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { ToolError } from '../../src/tools/tool-error.js';
import { Tool, type ToolOutput } from '../../src/tools/tool.decorator.js';

const INPUT = z.strictObject({
  cidr: z.string().min(9).max(18).describe('An IPv4 network in CIDR notation, such as 192.0.2.0/24.'),
});

const OUTPUT = z.object({
  network: z.string().describe('The first address.'),
  broadcast: z.string().describe('The last address.'),
  addresses: z.int().describe('How many addresses it has, first and last included.'),
});

/** What an IPv4 network consists of (RFC 4632, 3.1). It asks nobody: the answer is computed. */
@Injectable()
export class SubnetTool {
  /** @throws ToolError `invalid_arguments` for what is no IPv4 network. */
  @Tool({
    name: 'subnet',
    title: 'Subnet calculator',
    description:
      'Computes first address, last address and size of an IPv4 network. Use it to see whether two addresses are in one network.',
    input: INPUT,
    output: OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  })
  async describe({ cidr }: z.output<typeof INPUT>): Promise<ToolOutput<z.input<typeof OUTPUT>>> {
    const [address = '', prefix = ''] = cidr.split('/');
    if (!isIPv4(address) || !/^\d{1,2}$/.test(prefix) || Number(prefix) > 32) {
      const mend = 'Write four numbers and a prefix, such as 192.0.2.0/24.';
      throw new ToolError('invalid_arguments', `"${cidr}" is no IPv4 network.`, mend);
    }
    const addresses = 2 ** (32 - Number(prefix));
    const first = Math.floor(numberOf(address) / addresses) * addresses;
    const structured = { network: textOf(first), broadcast: textOf(first + addresses - 1), addresses };
    return { text: `${structured.network} to ${structured.broadcast}, ${addresses} addresses`, structured };
  }
}

const numberOf = (address: string): number =>
  address.split('.').reduce((number, part) => number * 256 + Number(part), 0);

const textOf = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
