import { lookup as getaddrinfo, Resolver } from 'node:dns/promises';
import { join } from 'node:path';
import { unlessAborted } from '../cancellation.js';
import { inOrder } from './address-order.js';
import { beginningOfFile } from './beginning-of-file.js';
import type { HostLookup } from './host-lookup.port.js';
import { HostsFile } from './hosts-file.js';
import { candidatesOf, parseResolvConf, type ResolvConf } from './resolv-conf.js';
import { type TargetAddress, toTargetAddress } from './target-address.js';

const MAX_CONF_BYTES = 64 * 1024;
const MAX_ADDRESSES = 16;
/** One question to one server; each is asked twice. */
const QUERY_TIMEOUT_MS = 1_500;
const QUERY_TRIES = 2;
/** The whole of a look-up, with all servers and search domains. */
export const LOOKUP_TIMEOUT_MS = 6_000;
/** How long the second family may take once the first has answered: RFC 8305, 3, and a slow server. */
const SECOND_FAMILY_MS = 500;
/** Threads that may be with getaddrinfo(3) at a time: Node has four, for everybody. */
const MAX_GETADDRINFO = 2;
const ANSWERED_NO: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA']);

/**
 * Names to addresses, as nsswitch.conf's `files dns` does, in a way that can be given up: /etc/hosts, then the servers
 * and search domains of resolv.conf. getaddrinfo(3) would keep one of Node's four threads for as long as a name server
 * is silent, and everybody else's look-ups with it; it is asked only for what DNS has answered with no, where
 * nsswitch.conf knows further sources (mDNS, the machine's own names, a directory).
 *
 * @param etc - the directory of these files.
 */
export function systemLookup(etc: string): HostLookup {
  let inGetaddrinfo = 0;
  const hosts = new HostsFile(join(etc, 'hosts'));

  const ask = async (name: string): Promise<string[]> => {
    if (inGetaddrinfo >= MAX_GETADDRINFO) return [];
    const nsswitch = await beginningOfFile(join(etc, 'nsswitch.conf'), MAX_CONF_BYTES);
    if (!hasFurtherSources(nsswitch.toString())) return [];
    inGetaddrinfo += 1;
    try {
      return (await getaddrinfo(name, { all: true, order: 'verbatim' })).map(({ address }) => address);
    } catch {
      return [];
    } finally {
      inGetaddrinfo -= 1;
    }
  };

  return async (name, signal) => {
    const local = await hosts.addressesOf(name, signal);
    if (local.length > 0) return await toResults(local);
    if (isLocalhost(name)) return await toResults(['::1', '127.0.0.1']);
    const conf = parseResolvConf(String(await beginningOfFile(join(etc, 'resolv.conf'), MAX_CONF_BYTES)));
    const limit = AbortSignal.any([signal, AbortSignal.timeout(LOOKUP_TIMEOUT_MS)]);
    try {
      return await toResults(await inDns(name, conf, limit));
    } catch (error) {
      signal.throwIfAborted();
      if (limit.aborted) throw failure('ETIMEOUT');
      if (!ANSWERED_NO.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      const found = await unlessAborted(ask(name), limit).catch(() => []);
      signal.throwIfAborted();
      if (found.length === 0) throw error;
      return await toResults(found);
    }
  };
}

/** @throws the error of c-ares for the last of the names that were asked for. */
async function inDns(name: string, conf: ResolvConf, signal: AbortSignal): Promise<string[]> {
  signal.throwIfAborted();
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
  const cancel = (): void => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    setServers(resolver, conf.servers);
    let no: unknown = failure('ENOTFOUND');
    for (const candidate of candidatesOf(name, conf)) {
      try {
        return await unlessAborted(bothFamilies(resolver, candidate), signal);
      } catch (error) {
        if (!ANSWERED_NO.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
        no = error;
      }
    }
    throw no;
  } finally {
    signal.removeEventListener('abort', cancel);
    // What is still asked for, such as the other family.
    resolver.cancel();
  }
}

/** The addresses of both families; those of one when the other cannot be had, or not soon. */
async function bothFamilies(resolver: Resolver, name: string): Promise<string[]> {
  const asked: Record<TargetAddress['family'], Promise<string[]>> = {
    ipv6: resolver.resolve6(name),
    ipv4: resolver.resolve4(name),
  };
  const found = new Map<TargetAddress['family'], readonly string[]>();
  const failures: unknown[] = [];
  const answers = (['ipv6', 'ipv4'] as const).map((family) =>
    asked[family].then(
      (addresses) => void found.set(family, addresses),
      (error: unknown) => void failures.push(error),
    ),
  );
  await Promise.race(answers);
  let timer: NodeJS.Timeout | undefined;
  if (found.size > 0) {
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, SECOND_FAMILY_MS)));
    await Promise.race([Promise.all(answers), patience]);
    clearTimeout(timer);
  } else await Promise.all(answers);
  const addresses = [...(found.get('ipv6') ?? []), ...(found.get('ipv4') ?? [])];
  if (addresses.length > 0) return addresses;
  const isNo = (error: unknown): boolean => ANSWERED_NO.has((error as NodeJS.ErrnoException).code ?? '');
  throw failures.find((error) => !isNo(error)) ?? failures.at(-1) ?? failure('ENODATA');
}

/** One that c-ares does not take must not cost the others. */
function setServers(resolver: Resolver, servers: readonly string[]): void {
  const taken: string[] = [];
  for (const server of servers) {
    try {
      resolver.setServers([...taken, server]);
      taken.push(server);
    } catch {
      // Not an address.
    }
  }
}

/** RFC 6761, 6.3: these are this machine, whatever a name server says. */
function isLocalhost(name: string): boolean {
  const last = name.toLowerCase().replace(/\.$/, '').split('.').at(-1);
  return last === 'localhost';
}

function hasFurtherSources(nsswitch: string): boolean {
  const line = nsswitch.split('\n').find((candidate) => candidate.startsWith('hosts:')) ?? '';
  const sources = line
    .slice('hosts:'.length)
    .split('#', 1)[0]!
    .replace(/\[[^[\]]*\]/g, ' ')
    .trim()
    .split(/\s+/);
  return sources.some((source) => source !== '' && source !== 'files' && source !== 'dns');
}

function toResults(addresses: readonly string[]): Promise<TargetAddress[]> {
  return inOrder([...new Set(addresses)].slice(0, MAX_ADDRESSES).map(toTargetAddress));
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}
