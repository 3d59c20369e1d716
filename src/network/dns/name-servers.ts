import { isIP } from 'node:net';
import { join } from 'node:path';
import { beginningOfFile } from '../../core/names/beginning-of-file.js';
import { parseResolvConf, type ResolvConf } from '../../core/names/resolv-conf.js';
import { toTargetAddress } from '../target/target.js';
import type { DnsServer } from './dns.exchange.js';

const MAX_CONF_BYTES = 64 * 1024;
const DNS_PORT = 53;

/** The servers, search domains and options that the host resolves names with. */
export interface NameServers {
  (): Promise<ResolvConf>;
}

export const NameServers = Symbol('NameServers');

/** @param etc - the directory of resolv.conf. */
export const nameServersOf =
  (etc: string): NameServers =>
  async () =>
    parseResolvConf(String(await beginningOfFile(join(etc, 'resolv.conf'), MAX_CONF_BYTES)));

/** The servers that resolv.conf names; what is no address is left out. A port stands behind a colon, if it is there. */
export function serversIn({ servers }: ResolvConf): DnsServer[] {
  return servers.flatMap((text) => {
    if (isIP(text) !== 0) return [{ ...toTargetAddress(text), port: DNS_PORT }];
    const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? [];
    const address = bracketed ?? plain ?? '';
    return isIP(address) === 0 ? [] : [{ ...toTargetAddress(address), port: Number(port) }];
  });
}
