import { Client, type Transport } from '@modelcontextprotocol/client';
import { Inject, Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Configuration } from '../../config/configuration.js';
import { environmentVariable } from '../../config/configuration.loader.js';
import { unlessAborted } from '../../core/cancellation.js';
import { PRODUCT } from '../../core/product.js';
import { HttpPools } from '../../resilience/http/http-pools.service.js';
import type { HttpUpstream, StdioUpstream } from '../file/upstream.entry.js';
import { ChildProcesses } from '../stdio/child-processes.service.js';
import { findCommand } from '../stdio/command-path.js';
import { StdioTransport } from '../stdio/stdio.transport.js';
import { UpstreamError } from '../upstream.error.js';
import type { ConnectOptions, UpstreamConnection, UpstreamConnector } from '../upstream.port.js';
import { readMessage } from './answer-gate.js';
import { takeAnswersLast } from './answers-last.js';
import { carryResults } from './carried-results.js';
import { answerRequests, CAPABILITIES, playClient } from './client-side.js';
import { guardFrames } from './frame-guard.js';
import { httpTransport, isNotStreamable, mayBeOld, nowhere, type Refusal } from './http-transports.js';
import { watchTransport } from './http-transport.watch.js';
import { boundAnswers } from './owed-answers.js';
import { KnownSecrets } from './known-secrets.js';
import { LineGate } from './line-gate.js';
import { listenForChanges } from './listening.js';
import { NO_TIMEOUT } from './mcp.catalog.js';
import { McpConnection } from './mcp.connection.js';
import { toUpstreamError } from './mcp.failure.js';
import { RunningCalls } from './running-calls.js';

export type McpUpstream = StdioUpstream | HttpUpstream;

/** How long a server of the handshake era may stay silent when it is asked whether it knows the newer one. */
export const PROBE_TIMEOUT_MS: Readonly<Record<Kind, number>> = { stdio: 3000, http: 5000, sse: 5000 };
/** How long a server of the newer era may take to agree to tell of changes, in milliseconds. */
export const LISTEN_TIMEOUT_MS = 5000;
type Kind = 'stdio' | 'http' | 'sse';
/** `either`: which era it is of is asked first, but not for long. `patient`: however long that takes. */
type Era = 'either' | 'handshake' | 'patient';

/** Connects to MCP servers with the official client, which negotiates the revision. */
@Injectable()
export class McpConnector implements UpstreamConnector<McpUpstream> {
  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    private readonly children: ChildProcesses,
    private readonly pools: HttpPools,
    @InjectPinoLogger(McpConnector.name) private readonly logger: PinoLogger,
  ) {}

  async connect(options: ConnectOptions<McpUpstream>): Promise<UpstreamConnection> {
    // Whoever happens to begin it: what comes on the connection by itself belongs to no call.
    return RunningCalls.outside(() => this.connectAs(options));
  }

  private async connectAs(options: ConnectOptions<McpUpstream>): Promise<UpstreamConnection> {
    const { entry } = options;
    if (entry.kind === 'stdio') return this.connectStdio(entry, options);
    const { type } = entry;
    if (type === 'sse') return this.connectHttp('sse', entry, options);
    try {
      return await this.connectHttp('http', entry, options);
    } catch (error) {
      const { details } = toUpstreamError(error);
      if (type !== undefined || !isNotStreamable(details)) throw error;
      return this.connectHttp('sse', entry, options).catch((other: unknown) => {
        options.signal.throwIfAborted();
        throw nowhere(toUpstreamError(error), toUpstreamError(other));
      });
    }
  }

  /**
   * Some servers of the handshake era never answer a request that they do not know, or fail at it: they are asked to
   * shake hands. One of the newer era that is slow refuses that, and gets the time that it needs.
   */
  private async connectHttp(
    kind: 'http' | 'sse',
    entry: HttpUpstream,
    options: ConnectOptions,
  ): Promise<UpstreamConnection> {
    const open = (era: Era): Promise<UpstreamConnection> => {
      const refusal: Refusal = {};
      const transport = httpTransport(kind, entry, options.forwardedHeaders, this.pools.fetch, refusal);
      return this.open(kind, transport, options, era, refusal);
    };
    try {
      return await open('either');
    } catch (error) {
      if (options.signal.aborted || !mayBeOld(toUpstreamError(error))) throw error;
      return open('handshake').catch((other: unknown) => {
        const wasSilent = toUpstreamError(error).kind === 'timeout';
        if (!wasSilent || options.signal.aborted || toUpstreamError(other).details.rpcCode === undefined)
          throw other;
        return open('patient');
      });
    }
  }

  private async connectStdio(entry: StdioUpstream, options: ConnectOptions): Promise<UpstreamConnection> {
    const transport = this.stdio(entry);
    try {
      return await this.open('stdio', transport, options);
    } catch (error) {
      // Some servers of the handshake era end at a request that they do not know.
      if (transport.closeReason === undefined || options.signal.aborted) throw error;
      return this.open('stdio', this.stdio(entry), options, 'handshake');
    }
  }

  private async open(
    kind: Kind,
    transport: Transport,
    { entry, events, signal, forwardedHeaders }: ConnectOptions,
    era: Era = 'either',
    refusal: Refusal = {},
  ): Promise<UpstreamConnection> {
    const secrets = new KnownSecrets(entry, forwardedHeaders);
    const client = new Client(
      { name: PRODUCT.name, version: PRODUCT.version },
      {
        capabilities: CAPABILITIES,
        versionNegotiation: {
          mode: 'auto',
          ...(era === 'either' && { probe: { timeoutMs: PROBE_TIMEOUT_MS[kind] } }),
        },
        inputRequired: { autoFulfill: false },
      },
    );
    const calls = new RunningCalls();
    carryResults(client);
    playClient(client, calls, events);
    let givenUp: UpstreamError | undefined;
    const whyClosed = (): UpstreamError | undefined => givenUp ?? reasonOf(transport);
    const connection = new McpConnection(client, transport, calls, kind, secrets, whyClosed);
    guardFrames(transport, () => client.getProtocolEra() === 'modern');
    boundAnswers(transport, (reason) => {
      givenUp = reason;
      if (transport instanceof StdioTransport) transport.giveUp(reason.message);
      else void transport.close().catch(() => undefined);
    });
    try {
      const connecting = client.connect(transport, {
        signal,
        timeout: NO_TIMEOUT,
        ...(era === 'handshake' && { prior: { kind: 'legacy' } }),
      });
      // The client asks first which revisions a server knows, and heeds no signal while that is not answered.
      await unlessAborted(connecting, signal);
      takeAnswersLast(transport);
      if (client.getProtocolEra() === 'legacy') answerRequests(transport, calls);
      await this.listen(entry.name, client, events, signal, secrets);
    } catch (error) {
      await connection.close();
      throw secrets.hideIn(whyClosed() ?? toUpstreamError(refusal.reason ?? error));
    }
    let isClosed = false;
    const lost = (reason: Error): void => {
      if (isClosed) return;
      isClosed = true;
      events.closed(reason);
    };
    const onclose = (): void =>
      lost(whyClosed() ?? new UpstreamError('unreachable', 'The connection has closed'));
    Object.assign(client, { onclose });
    watchTransport(client, kind, lost);
    const close = connection.close.bind(connection);
    connection.close = () => {
      isClosed = true;
      return close();
    };
    return connection;
  }

  /** One that cannot tell of its changes is listed again from time to time, as any other. */
  private async listen(
    upstream: string,
    client: Client,
    events: ConnectOptions['events'],
    signal: AbortSignal,
    secrets: KnownSecrets,
  ): Promise<void> {
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(LISTEN_TIMEOUT_MS)]);
    try {
      await unlessAborted(listenForChanges(client, events, inTime), inTime);
    } catch (error) {
      signal.throwIfAborted();
      if (client.transport === undefined) throw error;
      const problem = inTime.aborted
        ? 'It did not answer in time'
        : secrets.hide(toUpstreamError(error).message);
      this.logger.warn({ upstream, problem }, 'Upstream does not tell of its changes');
    }
  }

  private stdio(entry: StdioUpstream): StdioTransport {
    const { name, command, args, env, cwd } = entry;
    const secrets = new KnownSecrets(entry, {});
    const spawn = (): ReturnType<ChildProcesses['start']> => {
      const file = findCommand(command, env['PATH'] ?? environmentVariable('PATH') ?? '', cwd);
      if (file === undefined) {
        throw new UpstreamError(
          'unreachable',
          `There is no program ${JSON.stringify(command)} on this machine`,
        );
      }
      return this.children.start({ file, args, env, cwd });
    };
    const gate = new LineGate(
      (line) =>
        this.logger.info({ upstream: name, line: secrets.hide(line) }, 'Upstream wrote to standard error'),
      (lines) =>
        this.logger.warn(
          { upstream: name, lines },
          'Upstream writes too much to standard error: lines are left out',
        ),
    );
    return new StdioTransport({
      spawn: async () => spawn(),
      read: readMessage,
      maxMessageBytes: this.config.outbound.maxResponseBytes,
      // Twice what the calls may have that run at a time.
      maxUnreadBytes: 2 * this.config.outbound.maxConcurrency * this.config.http.bodyLimitBytes,
      onStderr: (line) => gate.add(line),
      onStderrEnd: () => gate.flush(),
    });
  }
}

/** Why the program has closed, if there is one that has. */
const reasonOf = (transport: Transport): UpstreamError | undefined =>
  transport instanceof StdioTransport && transport.closeReason !== undefined
    ? toUpstreamError(transport.closeReason)
    : undefined;
