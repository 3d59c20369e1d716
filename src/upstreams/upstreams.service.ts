import { unwatchFile, watchFile } from 'node:fs';
import { resolve } from 'node:path';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Configuration } from '../config/configuration.js';
import { ConfigurationError } from '../config/configuration.loader.js';
import { environmentVariable } from '../config/configuration.loader.js';
import { WatchedFiles } from '../observability/watched-files.service.js';
import { endpointsOfUrls, OwnEndpoints } from '../policy/denials/own-endpoints.service.js';
import type { FederatedUpstream } from './federated.upstream.js';
import { Pins } from './federation/pins.js';
import { UiUris } from './federation/ui-uris.js';
import type { UpstreamEntry } from './file/upstream.entry.js';
import { type IdleEntry, ServersFile } from './file/servers-file.js';
import { schemeFor, type UpstreamsFile } from './file/upstreams.file.js';
import { UpstreamFactory } from './upstream.factory.js';
import { UpstreamLog } from './upstream.log.js';
import { UpstreamMetrics } from './upstream.metrics.js';

/** How often the file of pins is looked at, in milliseconds. */
const LOOK_EVERY_MS = 1000;
/**
 * How long calls may go on after the server has been told to stop; the servers in front have let go of theirs by then.
 */
const DRAIN_AT_SHUTDOWN_MS = 1000;

type Listener = () => void;

/** All upstreams of MCP_SERVERS_FILE. A change of the file touches those entries that have changed, and no others. */
@Injectable()
export class Upstreams implements OnModuleInit, OnApplicationShutdown {
  private readonly running = new Map<string, FederatedUpstream>();
  private readonly leaving = new Set<Promise<void>>();
  private readonly listeners = new Set<Listener>();
  private readonly pins: Pins;
  private readonly uiUris = new UiUris();
  /** Where HTTP APIs are by what their documents say, by upstream; what was said last holds while one is away. */
  private readonly origins = new Map<string, string>();
  private relisting: NodeJS.Timeout | undefined;
  private servers: ServersFile | undefined;

  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    private readonly files: WatchedFiles,
    private readonly factory: UpstreamFactory,
    private readonly metrics: UpstreamMetrics,
    private readonly endpoints: OwnEndpoints,
    @InjectPinoLogger(Upstreams.name) private readonly logger: PinoLogger,
  ) {
    this.pins = orRefuse('MCP_PINS_FILE', () => {
      const failed = (error: Error): void =>
        this.logger.error({ err: error }, 'Pins could not be written: a restart forgets those that are new');
      return new Pins(config.upstreams.pinsFile, failed);
    });
  }

  /** @throws ConfigurationError when the file is invalid now; later on an invalid one changes nothing. */
  onModuleInit(): void {
    const { file, pinsFile } = this.config.upstreams;
    if (file === undefined) return;
    const servers = new ServersFile({
      path: resolve(file),
      variable: environmentVariable,
      logger: this.logger,
      onChange: (content) => this.follow(content),
    });
    this.servers = servers;
    orRefuse('MCP_SERVERS_FILE', () =>
      this.files.watch<UpstreamsFile>({
        name: 'upstreams',
        path: file,
        parse: (text) => servers.parse(text),
        apply: (content) => servers.apply(content),
      }),
    );
    if (pinsFile !== undefined) {
      watchFile(pinsFile, { interval: LOOK_EVERY_MS, persistent: false }, () => this.reconsider());
    }
    if (this.factory.relistMs > 0) {
      this.relisting = setInterval(() => this.relistAll(), this.factory.relistMs);
      this.relisting.unref();
    }
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.relisting);
    this.servers?.close();
    const { pinsFile } = this.config.upstreams;
    if (pinsFile !== undefined) unwatchFile(pinsFile);
    for (const one of this.running.values()) this.leave(one, DRAIN_AT_SHUTDOWN_MS);
    this.running.clear();
    await Promise.all(this.leaving);
  }

  /**
   * Waits until the first attempt to connect to each has come to its end, well or not, or the time in milliseconds is
   * up.
   */
  async settled(ms: number): Promise<void> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), ms);
    await Promise.all([...this.running.values()].map(({ upstream }) => upstream.settled(late.signal)));
    clearTimeout(timer);
  }

  /** In the order of their names. */
  all(): readonly FederatedUpstream[] {
    return [...this.running.values()].sort((a, b) => (a.entry.name < b.entry.name ? -1 : 1));
  }

  /** Entries of the file that do not run: those that are switched off, and those that cannot be used. */
  get idle(): readonly IdleEntry[] {
    return this.servers?.idle ?? [];
  }

  /** Calls the listener when the state or the catalogue of an upstream has changed. Answers how to stop listening. */
  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private follow({ entries, setAside }: UpstreamsFile): void {
    this.metrics.setAside(setAside.length);
    const wanted = new Map(entries.map((entry) => [entry.name, entry]));
    for (const [name, one] of this.running) {
      if (wanted.get(name)?.digest === one.entry.digest) continue;
      this.running.delete(name);
      this.origins.delete(name);
      this.factory.release(one.entry);
      this.metrics.forget(name);
      this.leave(one, one.entry.timeoutMs ?? this.config.tools.timeoutMs);
      this.logger.info({ upstream: name }, wanted.has(name) ? 'Upstream has changed' : 'Upstream removed');
    }
    // Before they are called: no probe is to reach them.
    this.nameEndpoints(entries);
    for (const entry of entries) if (!this.running.has(entry.name)) this.add(entry, entries);
    this.tellListeners();
  }

  private nameEndpoints(entries: readonly UpstreamEntry[]): void {
    const urls = [...entries.flatMap(urlsOf), ...this.origins.values()];
    this.endpoints.set('upstreams', endpointsOfUrls(urls));
  }

  /** A document in a file may say alone where its API is. */
  private noteOrigin({ entry: { name }, upstream }: FederatedUpstream): void {
    const { origin } = upstream.description;
    if (typeof origin !== 'string' || this.origins.get(name) === origin) return;
    this.origins.set(name, origin);
    this.nameEndpoints([...this.running.values()].map(({ entry }) => entry));
  }

  private add(entry: UpstreamEntry, entries: readonly UpstreamEntry[]): void {
    const log = new UpstreamLog(this.logger, entry.name);
    const one = this.factory.create(entry, {
      pins: this.pins,
      isForeign: (name) => isInOtherTerritory(name, entry, entries),
      uiUris: this.uiUris,
      onUiUris: (schemes) => this.reconsiderUi(schemes),
      onChange: (upstream) => this.changed(upstream),
      onState: (change) => log.changed(change),
      onQuarantined: (tools, count) => {
        this.logger.warn(
          { upstream: entry.name, quarantined: tools, count },
          'Tools of the upstream are withheld',
        );
      },
      onRestart: () => this.metrics.restarted(entry.name),
      onLeftOut: (leftOut) => {
        this.logger.warn({ upstream: entry.name, leftOut }, 'Upstream lists what is not taken in');
      },
    });
    this.running.set(entry.name, one);
    this.logger.info({ upstream: entry.name, kind: entry.kind }, 'Upstream added');
    one.upstream.start();
  }

  private leave(one: FederatedUpstream, drainMs: number): void {
    const left = one
      .remove(drainMs)
      .catch((error: unknown) =>
        this.logger.error({ err: error, upstream: one.entry.name }, 'Upstream did not end'),
      )
      .finally(() => this.leaving.delete(left));
    this.leaving.add(left);
  }

  private changed(one: FederatedUpstream): void {
    const { name } = one.entry;
    // One that has left may still have something to say.
    if (this.running.get(name) !== one) return;
    this.noteOrigin(one);
    this.metrics.connected(name, one.state === 'up');
    this.metrics.listed(name, {
      served: one.servedTools.length,
      quarantined: one.quarantined.length,
      left_out: one.leftOutTools,
    });
    this.tellListeners();
  }

  private tellListeners(): void {
    for (const listener of this.listeners) listener();
  }

  private reconsider(): void {
    try {
      this.pins.reload();
      for (const one of this.running.values()) {
        if (one.entry.pin) one.reconsider().catch((error: unknown) => this.cannotUsePins(error));
      }
    } catch (error) {
      this.cannotUsePins(error);
    }
  }

  private reconsiderUi(schemes: ReadonlySet<string>): void {
    for (const one of this.running.values()) {
      if (!schemes.has(schemeFor(one.entry.name))) continue;
      one.reconsider().catch((error: unknown) => {
        this.logger.error(
          { err: error, upstream: one.entry.name },
          'The tools of the upstream stay as they were',
        );
      });
    }
  }

  private cannotUsePins(error: unknown): void {
    this.logger.error({ err: error }, 'The file of pins cannot be used: what was read last stays in force');
  }

  private relistAll(): void {
    for (const one of this.running.values()) {
      one.upstream.relist(false).catch((error: Error) => {
        this.logger.warn(
          { upstream: one.entry.name, problem: error.message },
          'Upstream could not be listed',
        );
      });
    }
  }
}

/** Whether the name begins with the longer prefix of another: whose it is must not depend on who connects first. */
function isInOtherTerritory(name: string, own: UpstreamEntry, entries: readonly UpstreamEntry[]): boolean {
  return entries.some(({ prefix }) => prefix.length > own.prefix.length && name.startsWith(`${prefix}_`));
}

/** At the start a file that cannot be used is a configuration that cannot be used. */
function orRefuse<T>(variable: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const problems = error instanceof ConfigurationError ? error.problems : [(error as Error).message];
    throw new ConfigurationError(problems.map((problem) => `${variable}: ${problem}`));
  }
}

/** Where an upstream is, as far as its entry says. */
function urlsOf(entry: UpstreamEntry): string[] {
  switch (entry.kind) {
    case 'http':
      return [entry.url];
    case 'openapi':
      return [entry.openapi, ...(entry.baseUrl === undefined ? [] : [entry.baseUrl])];
    case 'stdio':
      return [];
    default:
      return entry satisfies never;
  }
}
