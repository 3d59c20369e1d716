import {
  type CallToolResult,
  type Client,
  type CompleteResult,
  type GetPromptResult,
  type ReadResourceResult,
  type RequestOptions,
  type Tool,
  type Transport,
} from '@modelcontextprotocol/client';
import type { CallContext } from '../../core/call-context.js';
import { cut } from '../../core/quote.js';
import { AppError } from '../../core/errors.js';
import { InputRequired } from '../../core/input-required.js';
import { ToolError } from '../../tools/tool-error.js';
import { traceparentOf } from '../../core/trace-context.js';
import { UpstreamError } from '../upstream.error.js';
import type {
  Arguments,
  CatalogOptions,
  CompletionParams,
  UpstreamCatalog,
  UpstreamConnection,
} from '../upstream.port.js';
import { withoutEnvelope } from './carried-results.js';
import { listCatalog, NO_TIMEOUT } from './mcp.catalog.js';
import { toUpstreamError } from './mcp.failure.js';
import { forwarded } from './client-side.js';
import type { KnownSecrets } from './known-secrets.js';
import { LegacyTask } from './legacy-task.js';
import { ProgressThinner } from './progress.thinner.js';
import { whileAsking } from './reconnections.js';
import { inRounds } from './rounds-of-questions.js';
import { RunningCall, type RunningCalls } from './running-calls.js';

/** Characters of what a server calls itself, and its version. */
const MAX_SHOWN = 200;
/** "Resource not found", until 2025-11-25; then it is -32602. */
const RESOURCE_NOT_FOUND = -32002;

/** JSON-RPC 2.0, 5.1: codes that say something of the request, and nothing of its session. */
const OF_THE_REQUEST: ReadonlySet<number | undefined> = new Set([-32700, -32601, -32602, -32603]);

/** 2026-07-28, basic/index, "Per-request metadata": what the client of this one request can do. */
const CAPABILITIES_KEY = 'io.modelcontextprotocol/clientCapabilities';

/** A connected MCP server, of either era, over any transport. */
export class McpConnection implements UpstreamConnection {
  private tools: ReadonlyMap<string, Tool> = new Map();
  private closing: Promise<void> | undefined;

  constructor(
    private readonly client: Client,
    private readonly transport: Transport,
    private readonly calls: RunningCalls,
    private readonly kind: string,
    private readonly secrets: KnownSecrets,
    private readonly whyClosed: () => UpstreamError | undefined,
  ) {}

  get description(): Readonly<Record<string, unknown>> {
    const { name, version } = this.client.getServerVersion() ?? {};
    return {
      transport: this.kind,
      revision: this.client.getNegotiatedProtocolVersion(),
      server:
        name === undefined
          ? undefined
          : { name: cut(name, MAX_SHOWN), version: cut(version ?? '', MAX_SHOWN) },
    };
  }

  get isOneChannel(): boolean {
    return this.kind !== 'http';
  }

  async catalog(signal: AbortSignal, options: CatalogOptions = {}): Promise<UpstreamCatalog> {
    try {
      const listed = await whileAsking(() => listCatalog(this.client, { ...options, signal }));
      const catalog = this.withoutSecrets(listed);
      const hasNone = catalog.leftOut?.some(({ kind, isWholeList }) => kind === 'tools' && isWholeList);
      // Results are checked once, by us.
      if (!hasNone)
        this.tools = new Map(catalog.tools.map((tool) => [tool.name, { ...tool, outputSchema: undefined }]));
      return catalog;
    } catch (error) {
      throw this.secrets.hideIn(toUpstreamError(error));
    }
  }

  async check(signal: AbortSignal): Promise<void> {
    const options = { signal, timeout: NO_TIMEOUT };
    try {
      // Revision 2026-07-28 has no ping.
      await whileAsking<object>(() =>
        this.isModern ? this.client.discover(options) : this.client.ping(options),
      );
    } catch (error) {
      throw this.explain(error);
    }
  }

  callTool(name: string, args: Arguments, context: CallContext): Promise<CallToolResult> {
    // Without one the SDK would look for one, and check.
    const toolDefinition = this.tools.get(name);
    // A task of the upstream's is followed to its end: callers see an ordinary call.
    if (!this.isModern && toolDefinition?.execution?.taskSupport === 'required') {
      const task = new LegacyTask(this.client, name, args);
      return this.run(context, (options, _meta) => task.run(options, _meta));
    }
    return this.run(context, (options, _meta) =>
      inRounds(context.client, (more) =>
        this.client.callTool(
          { name, arguments: args, _meta, ...more },
          { ...options, ...(toolDefinition && { toolDefinition }) },
        ),
      ),
    );
  }

  async readResource(uri: string, context: CallContext): Promise<ReadResourceResult> {
    try {
      return await this.run(context, (options, _meta) =>
        inRounds(context.client, (more) =>
          this.client.readResource({ uri, _meta, ...more }, { ...options, cacheMode: 'bypass' }),
        ),
      );
    } catch (error) {
      if (isResourceNotFound(error)) throw new AppError('resource_not_found', { cause: error });
      throw error;
    }
  }

  getPrompt(
    name: string,
    args: Readonly<Record<string, string>>,
    context: CallContext,
  ): Promise<GetPromptResult> {
    return this.run(context, (options, _meta) =>
      inRounds(context.client, (more) =>
        this.client.getPrompt({ name, arguments: args, _meta, ...more }, options),
      ),
    );
  }

  get complete(): UpstreamConnection['complete'] {
    // Until 2025-03-26 whoever can complete cannot say so.
    const isSilent = this.client.getNegotiatedProtocolVersion() === '2024-11-05';
    if (this.client.getServerCapabilities()?.completions === undefined && !isSilent) return undefined;
    return async (params: CompletionParams, context: CallContext): Promise<CompleteResult> => {
      try {
        return await this.run(context, (options, _meta) =>
          this.client.complete({ ...params, _meta }, options),
        );
      } catch (error) {
        if (isSilent && isUnknownMethod(error)) return { completion: { values: [] } };
        throw error;
      }
    };
  }

  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  private withoutSecrets({ leftOut, ...catalog }: UpstreamCatalog): UpstreamCatalog {
    if (leftOut === undefined) return catalog;
    const hidden = leftOut.map((one) => ({ ...one, reason: this.secrets.hide(one.reason) }));
    return { ...catalog, leftOut: hidden };
  }

  private get isModern(): boolean {
    return this.client.getProtocolEra() === 'modern';
  }

  private async run<T extends object>(
    context: CallContext,
    work: (options: RequestOptions, meta: Readonly<Record<string, unknown>>) => Promise<T>,
  ): Promise<T> {
    const call = new RunningCall(context);
    const progress = new ProgressThinner(context.reportProgress);
    const progressToken = context.wantsProgress ? this.calls.follow((step) => progress.add(step)) : undefined;
    const traceparent = traceparentOf(context);
    const meta = {
      traceparent,
      ...(progressToken !== undefined && { progressToken }),
      ...(this.isModern && { [CAPABILITIES_KEY]: forwarded(context.client.capabilities) }),
    };
    const options: RequestOptions = {
      signal: call.signal,
      timeout: NO_TIMEOUT,
      allowInputRequired: true,
      headers: { traceparent },
    };
    try {
      return withoutEnvelope(await this.calls.run(call, () => whileAsking(() => work(options, meta))));
    } catch (error) {
      if (call.inputRequired !== undefined) throw call.inputRequired;
      if (isOurs(error)) throw error;
      if (context.cancellation.isCancelled) {
        throw new UpstreamError('cancelled', 'The call was cancelled', { cause: error });
      }
      throw this.explain(error);
    } finally {
      if (progressToken !== undefined) this.calls.unfollow(progressToken);
      progress.end();
      call.end();
    }
  }

  /** 2025-11-25, basic/transports, "Session Management" 4 says 404; some servers answer 400. */
  private explain(error: unknown): UpstreamError {
    const failed = toUpstreamError(error);
    const reason = failed.kind === 'unreachable' ? this.whyClosed() : undefined;
    const failure = this.secrets.hideIn(reason ?? failed);
    const { status, rpcCode } = failure.details;
    const isStatus = (status === 404 || status === 400) && !OF_THE_REQUEST.has(rpcCode);
    return isStatus && this.transport.sessionId !== undefined
      ? new UpstreamError('session_gone', failure.message, failure.details)
      : failure;
  }

  private async end(): Promise<void> {
    await this.client.close().catch(() => undefined);
    await this.transport.close().catch(() => undefined);
  }
}

const isOurs = (error: unknown): boolean =>
  error instanceof InputRequired || error instanceof AppError || error instanceof ToolError;

/** JSON-RPC 2.0, 5.1. */
const isUnknownMethod = (error: unknown): boolean =>
  error instanceof UpstreamError && error.details.rpcCode === -32601;

const isResourceNotFound = (error: unknown): boolean =>
  error instanceof UpstreamError &&
  (error.details.rpcCode === RESOURCE_NOT_FOUND || error.details.rpcCode === -32602);
