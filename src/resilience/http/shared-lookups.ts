import type { LookupFunction } from 'node:net';
import type { HostLookup } from '../../core/names/host-lookup.port.js';
import { type TargetAddress, toTargetAddress } from '../../core/names/target-address.js';

/** What says of a name that it has no address, as opposed to nothing. */
const ANSWERED_NO: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA']);

/**
 * A look-up in the form that sockets take one. `dns.lookup` keeps one of the two threads that Node has for it for as
 * long as a name server is silent, and everybody else's look-ups with it. All who ask for a name at the same time share
 * one look-up.
 */
export function sharedLookups(lookUp: HostLookup, over: AbortSignal): LookupFunction {
  const coming = new Map<string, Promise<readonly TargetAddress[]>>();

  const addressesOf = (name: string): Promise<readonly TargetAddress[]> => {
    let found = coming.get(name);
    if (found === undefined) {
      found = lookUp(name, over)
        .then((all) => all.map(({ address }) => toTargetAddress(address)))
        .finally(() => coming.delete(name));
      coming.set(name, found);
    }
    return found;
  };

  return (name, { all = false, family }, tell) => {
    const wanted =
      family === 4 || family === 'IPv4' ? ['ipv4'] : family === 6 || family === 'IPv6' ? ['ipv6'] : [];
    const answer = (found: readonly TargetAddress[]): void => {
      const fit = found
        .filter((one) => wanted.length === 0 || wanted.includes(one.family))
        .map((one) => ({ address: one.address, family: one.family === 'ipv4' ? 4 : 6 }));
      const [first] = fit;
      if (first === undefined) tell(failure('ENOTFOUND', name), []);
      else if (all) tell(null, fit);
      else tell(null, first.address, first.family);
    };
    addressesOf(name).then(answer, (error: unknown) => {
      const isNo = ANSWERED_NO.has((error as NodeJS.ErrnoException).code);
      tell(failure(isNo ? 'ENOTFOUND' : 'EAI_AGAIN', name), []);
    });
  };
}

/** As `dns.lookup` has it. */
function failure(code: string, hostname: string): NodeJS.ErrnoException {
  const what = code === 'ENOTFOUND' ? 'has no address' : 'cannot be looked up now';
  return Object.assign(new Error(`${hostname} ${what} (${code})`), {
    code,
    hostname,
    syscall: 'getaddrinfo',
  });
}
