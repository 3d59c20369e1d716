import { isIP } from 'node:net';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Ip, keyOf } from '../address/ip.js';
import { readingsOf } from '../address/readings.js';
import { HostFacts } from './host-facts.service.js';

/** Somebody whom this server itself talks to: a host, by name or address, and a port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Looks a name up, as the system does. */
export type NameLookup = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

interface Known extends Endpoint {
  addresses: readonly Ip[];
}

/** How often names are looked up again, and how long one look-up may take, in milliseconds. */
const LOOK_EVERY_MS = 60_000;
const LOOK_UP_MS = 6_000;
/** Of one part of the server, such as its upstreams. */
const MAX_ENDPOINTS = 2_000;

/** Where the parts of this server are that no probe shall touch: its Redis, its upstreams, its chat server, itself. */
@Injectable()
export class OwnEndpoints implements OnApplicationShutdown {
  private readonly parts = new Map<string, readonly Known[]>();
  private byPort: ReadonlyMap<number, readonly Known[]> = new Map();
  private lookUp: NameLookup | undefined;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private isLooking = false;
  /** The next look, which begins when the one that runs is over. */
  private next: Promise<void> | undefined;
  private readonly over = new AbortController();

  constructor(private readonly host: HostFacts) {}

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.over.abort();
  }

  /** How names are looked up: until it is told, they are known by themselves alone. */
  lookUpWith(lookUp: NameLookup): void {
    this.lookUp = lookUp;
    this.timer ??= setInterval(() => {
      // Many names that cannot be found take longer than until the next time.
      if (!this.isLooking) void this.refresh();
    }, LOOK_EVERY_MS).unref();
    void this.refresh();
  }

  /** Says where a part of the server is; replaces what was said of it before. */
  set(part: string, endpoints: readonly Endpoint[]): void {
    this.parts.set(
      part,
      endpoints.slice(0, MAX_ENDPOINTS).map(({ host, port }) => {
        const known: Known = { host: plainName(host), port, addresses: [] };
        if (isIP(known.host) !== 0) this.place(known, [known.host]);
        return known;
      }),
    );
    this.byPort = Map.groupBy([...this.parts.values()].flat(), ({ port }) => port);
    void this.refresh();
  }

  /** Whether a part of the server is there. @param host as it was asked for */
  async includes(host: string, ip: Ip, port: number): Promise<boolean> {
    const candidates = this.byPort.get(port);
    if (candidates === undefined) return false;
    const [name, key] = [plainName(host), keyOf(ip)];
    const isNamed = candidates.some(
      (known) => known.host === name || known.addresses.some((address) => keyOf(address) === key),
    );
    if (isNamed || !(await this.isOwn(ip))) return isNamed;
    // What is on this machine is under each of its addresses.
    for (const address of candidates.flatMap(({ addresses }) => addresses)) {
      if (await this.isOwn(address)) return true;
    }
    return false;
  }

  /**
   * Looks all names up, one after the other, once more, for all who ask before that begins. Settles when it is done,
   * and never rejects.
   */
  refresh(): Promise<void> {
    this.next ??= this.looking.then(() => {
      this.next = undefined;
      this.isLooking = true;
      this.looking = this.lookAll().finally(() => (this.isLooking = false));
      return this.looking;
    });
    return this.next;
  }

  private async lookAll(): Promise<void> {
    const { lookUp } = this;
    if (lookUp === undefined) return;
    const named = [...this.parts.values()].flat().filter(({ host }) => isIP(host) === 0);
    for (const [name, ofName] of Map.groupBy(named, ({ host }) => host)) {
      if (this.over.signal.aborted) return;
      const signal = AbortSignal.any([this.over.signal, AbortSignal.timeout(LOOK_UP_MS)]);
      // What cannot be found now is where it was.
      const found = await lookUp(name, signal).catch(() => undefined);
      if (found !== undefined) for (const known of ofName) this.place(known, found);
    }
  }

  private place(known: Known, addresses: readonly string[]): void {
    known.addresses = addresses.map((address) => readingsOf(address)[0]);
  }

  private async isOwn(ip: Ip): Promise<boolean> {
    return (await this.host.of(ip)).isOwn;
  }
}

/** A name without what says nothing: its case, its final dot, the brackets of a URL (RFC 3986, 3.2.2). */
const plainName = (host: string): string =>
  host
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[(.*)\]$/, '$1');

const PORT_OF: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Where http and https URLs lead to. What is no such URL leads nowhere. */
export function endpointsOfUrls(urls: readonly string[]): Endpoint[] {
  return urls.flatMap((text) => {
    const url = URL.parse(text);
    const standard = PORT_OF[url?.protocol ?? ''];
    return url === null || standard === undefined
      ? []
      : [{ host: url.hostname, port: url.port === '' ? standard : Number(url.port) }];
  });
}
