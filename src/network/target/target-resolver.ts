import { lookup } from 'node:dns/promises';
import { Inject, Injectable } from '@nestjs/common';
import { unlessAborted } from '../../core/cancellation.js';
import { ToolError } from '../../tools/tool-error.js';
import { parseTarget, toTargetAddress, type TargetAddress } from './target.js';

/** Turns a name into addresses, as the system's resolver does (/etc/hosts, DNS, ...). */
export interface HostLookup {
  (name: string): Promise<readonly { readonly address: string }[]>;
}

export const HostLookup = Symbol('HostLookup');

export const systemLookup: HostLookup = (name) => lookup(name, { all: true, order: 'verbatim' });

/**
 * Resolves a target once. The tools then send to that address and to no other: a second look-up, by ping itself,
 * could give another one than was checked.
 */
@Injectable()
export class TargetResolver {
  constructor(@Inject(HostLookup) private readonly lookUp: HostLookup) {}

  /**
   * @throws ToolError `invalid_arguments` for what cannot be a target, `host_not_found` for a name without an address.
   * @throws the reason of the signal when it aborts first; getaddrinfo(3) cannot be interrupted, only left alone.
   */
  async resolve(target: string, signal: AbortSignal): Promise<TargetAddress> {
    signal.throwIfAborted();
    const parsed = parseTarget(target);
    if (parsed.kind === 'address') return { address: parsed.address, family: parsed.family };
    const [first] = await unlessAborted(this.lookUp(parsed.name), signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw lookupFailure(parsed.name, error);
    });
    if (first === undefined) throw lookupFailure(parsed.name, { code: 'ENODATA' });
    return toTargetAddress(first.address);
  }
}

function lookupFailure(host: string, error: unknown): ToolError {
  const reason = (error as NodeJS.ErrnoException | null)?.code ?? 'unknown error';
  const data = { host, reason };
  switch (reason) {
    case 'EAI_AGAIN':
      return new ToolError(
        'host_not_found',
        `The name server did not answer for "${host}" (EAI_AGAIN).`,
        'Try again, use an IP address, or let the operator check /etc/resolv.conf and the way to the name server.',
        data,
      );
    case 'ENOTFOUND':
    case 'ENODATA':
      return new ToolError(
        'host_not_found',
        `There is no address for the name "${host}".`,
        'Check the spelling, use the full name with its domain, or use an IP address.',
        data,
      );
    default:
      return new ToolError(
        'host_not_found',
        `The name "${host}" could not be resolved (${reason}).`,
        'Use an IP address, or let the operator check the name resolution of the server.',
        data,
      );
  }
}
