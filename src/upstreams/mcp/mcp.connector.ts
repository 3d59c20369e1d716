import {
  Client,
  SSEClientTransport,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client';
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
import { gatedFetch, readMessage } from './answer-gate.js';
import { takeAnswersLast } from './answers-last.js';
import { CAPABILITIES, playClient } from './client-side.js';
import { guardFrames } from './frame-guard.js';
import { watchTransport } from './http-transport.watch.js';
import { LineGate } from './line-gate.js';
import { listenForChanges } from './listening.js';
import { NO_TIMEOUT } from './mcp.catalog.js';
import { McpConnection } from './mcp.connection.js';
import { toUpstreamError } from './mcp.failure.js';
import { RunningCalls } from './running-calls.js';

export type McpUpstream = StdioUpstream | HttpUpstream;

/** How long a local server of the handshake era may stay silent when it is asked whether it knows the newer one. */
const PROBE_TIMEOUT_MS = 3000;
/**
 * What a server answers that does not know Streamable HTTP (2025-03-26, basic/transports, "Backwards Compatibility").
 */
const NOT_STREAMABLE: ReadonlySet<number | undefined> = new Set([400, 404, 405]);

type Kind = 'stdio' | 'http' | 'sse';

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
    const type = entry.type ?? entry.transport;
    if (type === 'sse') return this.open('sse', this.sse(entry, options), options);
    try {
      return await this.open('http', this.streamable(entry, options), options);
    } catch (error) {
      const { details } = toUpstreamError(error);
      if (type !== undefined || !NOT_STREAMABLE.has(details.status)) throw error;
      return this.open('sse', this.sse(entry, options), options).catch(() => {
        throw error;
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
      return this.open('stdio', this.stdio(entry), options, true);
    }
  }

  private async open(
    kind: Kind,
    transport: Transport,
    { events, signal }: ConnectOptions,
    isLegacy = false,
  ): Promise<UpstreamConnection> {
    const client = new Client(
      { name: PRODUCT.name, version: PRODUCT.version },
      {
        capabilities: CAPABILITIES,
        versionNegotiation: {
          mode: 'auto',
          ...(kind === 'stdio' && { probe: { timeoutMs: PROBE_TIMEOUT_MS } }),
        },
        inputRequired: { autoFulfill: false },
      },
    );
    const calls = new RunningCalls();
    playClient(client, calls, events);
    const connection = new McpConnection(client, transport, calls, kind);
    guardFrames(transport);
    try {
      const connecting = client.connect(transport, {
        signal,
        timeout: NO_TIMEOUT,
        ...(isLegacy && { prior: { kind: 'legacy' } }),
      });
      // The client asks first which revisions a server knows, and heeds no signal while that is not answered.
      await unlessAborted(connecting, signal);
      takeAnswersLast(transport);
      await listenForChanges(client, events, signal);
    } catch (error) {
      await connection.close();
      throw this.reasonOf(error, transport);
    }
    let isClosed = false;
    const lost = (reason: Error): void => {
      if (isClosed) return;
      isClosed = true;
      events.closed(reason);
    };
    const onclose = (): void =>
      lost(this.reasonOf(new UpstreamError('unreachable', 'The connection has closed'), transport));
    Object.assign(client, { onclose });
    watchTransport(client, kind, lost);
    const close = connection.close.bind(connection);
    connection.close = () => {
      isClosed = true;
      return close();
    };
    return connection;
  }

  private reasonOf(error: unknown, transport: Transport): UpstreamError {
    const reason = transport instanceof StdioTransport ? transport.closeReason : undefined;
    return toUpstreamError(reason ?? error);
  }

  private stdio({ name, command, args, env, cwd }: StdioUpstream): StdioTransport {
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
      (line) => this.logger.info({ upstream: name, line }, 'Upstream wrote to standard error'),
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
      onStderr: (line) => gate.add(line),
      onStderrEnd: () => gate.flush(),
    });
  }

  private streamable({ url, headers }: HttpUpstream, { forwardedHeaders }: ConnectOptions): Transport {
    return new StreamableHTTPClientTransport(new URL(url), {
      fetch: gatedFetch(this.pools.fetch),
      requestInit: { headers: { ...headers, ...forwardedHeaders } },
    });
  }

  private sse({ url, headers }: HttpUpstream, { forwardedHeaders }: ConnectOptions): Transport {
    return new SSEClientTransport(new URL(url), {
      fetch: gatedFetch(this.pools.fetch),
      requestInit: { headers: { ...headers, ...forwardedHeaders } },
    });
  }
}
