import { Inject, Injectable } from '@nestjs/common';
import { unlessAborted } from '../../core/cancellation.js';
import { HostLookup } from '../../core/names/host-lookup.port.js';
import { quote } from '../../core/quote.js';
import { ToolError } from '../../tools/tool-error.js';
import { type FamilyChoice, parseTarget, toTargetAddress, type TargetAddress } from './target.js';

/**
 * Resolves a target once. The tools then send to that address and to no other: a second look-up, by ping itself,
 * could give another one than was checked.
 */
@Injectable()
export class TargetResolver {
  constructor(@Inject(HostLookup) private readonly lookUp: HostLookup) {}

  /** The first of `resolveAll`. */
  async resolve(target: string, signal: AbortSignal, family: FamilyChoice = 'any'): Promise<TargetAddress> {
    return (await this.resolveAll(target, signal, family))[0];
  }

  /**
   * All addresses of the target, in the order in which they are to be tried.
   *
   * @throws ToolError `invalid_arguments` for what cannot be a target, or is an address of another family;
   *   `host_not_found` for a name without an address.
   * @throws the reason of the signal when it aborts first.
   */
  async resolveAll(
    target: string,
    signal: AbortSignal,
    family: FamilyChoice = 'any',
  ): Promise<[TargetAddress, ...TargetAddress[]]> {
    signal.throwIfAborted();
    const parsed = parseTarget(target);
    if (parsed.kind === 'address') {
      if (family !== 'any' && family !== parsed.family) throw otherFamily(target, family);
      return [{ address: parsed.address, family: parsed.family }];
    }
    const found = await unlessAborted(this.lookUp(parsed.name, signal), signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw lookupFailure(parsed.name, error);
    });
    const all = found.map(({ address }) => toTargetAddress(address));
    const [first, ...others] = all.filter((address) => family === 'any' || address.family === family);
    if (first === undefined && all.length > 0) throw noAddressOf(parsed.name, family);
    if (first === undefined) throw lookupFailure(parsed.name, { code: 'ENODATA' });
    return [first, ...others];
  }
}

function otherFamily(target: string, family: FamilyChoice): ToolError {
  return new ToolError(
    'invalid_arguments',
    `${quote(target)} is no address of the family "${family}".`,
    'Leave "family" out, or give a name or an address of that family.',
  );
}

function noAddressOf(host: string, family: FamilyChoice): ToolError {
  return new ToolError(
    'host_not_found',
    `There is no ${family} address for the name "${host}", only one of the other family.`,
    'Leave "family" out.',
    { host, reason: 'ENODATA' },
  );
}

function lookupFailure(host: string, error: unknown): ToolError {
  const reason = (error as NodeJS.ErrnoException | null)?.code ?? 'unknown error';
  const data = { host, reason };
  switch (reason) {
    case 'EAI_AGAIN':
    case 'ETIMEOUT':
    case 'ECONNREFUSED':
      return new ToolError(
        'host_not_found',
        `The name server did not answer for "${host}" (${reason}).`,
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
