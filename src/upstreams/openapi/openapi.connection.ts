import type { CallToolResult } from '@modelcontextprotocol/client';
import type { CallContext } from '../../core/call-context.js';
import type { HttpPools } from '../../resilience/http/http-pools.service.js';
import { UpstreamError } from '../upstream.error.js';
import { traceparentOf } from '../../core/trace-context.js';
import type { Arguments, UpstreamCatalog, UpstreamConnection } from '../upstream.port.js';
import type { Operation } from './operation.js';
import type { OpenApiService } from './openapi.service.js';
import { toUpstreamError } from './openapi.failure.js';
import { buildRequest } from './request.builder.js';
import { readResponse } from './response.reader.js';

export interface OpenApiConnectionOptions {
  readonly name: string;
  readonly fetch: HttpPools['fetch'];
  /** Reads the document. */
  readonly load: (signal: AbortSignal) => Promise<OpenApiService>;
  /** Of the entry, and those of the caller that go on. */
  readonly headers: Readonly<Record<string, string>>;
}

/** An HTTP API as an upstream: its operations are tools. There is no connection to keep, only its document. */
export class OpenApiConnection implements UpstreamConnection {
  private isFresh = true;

  constructor(
    private readonly options: OpenApiConnectionOptions,
    private service: OpenApiService,
  ) {}

  get description(): Readonly<Record<string, unknown>> {
    const { about, baseUrl, leftOut, leftOutCount, problems } = this.service;
    const { openapi, title, version } = about;
    return {
      protocol: `OpenAPI ${openapi}`,
      ...(title !== undefined && { title }),
      ...(version !== undefined && { version }),
      origin: baseUrl.origin,
      ...(leftOut.length > 0 && { leftOut, leftOutCount }),
      ...(problems.length > 0 && { problems }),
    };
  }

  async catalog(signal: AbortSignal): Promise<UpstreamCatalog> {
    // The document has been read a moment ago, to connect.
    if (!this.isFresh) this.service = await this.options.load(signal);
    this.isFresh = false;
    const tools = [...this.service.operations.values()].map(({ tool }) => tool);
    return { tools, resources: [], resourceTemplates: [], prompts: [] };
  }

  async callTool(name: string, args: Arguments, context: CallContext): Promise<CallToolResult> {
    const { signal } = context;
    const operation = await this.operation(name, signal);
    const { baseUrl, credentials } = this.service;
    const { headers } = this.options;
    const { url, init } = buildRequest(operation, args, { baseUrl, credentials, headers });
    init.headers.set('traceparent', traceparentOf(context));
    try {
      const response = await this.options.fetch(url, { ...init, signal });
      const result = await readResponse(response, `openapi://${this.options.name}/${name}`);
      return withData(operation, result, response.status);
    } catch (error) {
      throw toUpstreamError(error, signal);
    }
  }

  /** Another replica may have listed a newer document than the one that was read here. */
  private async operation(name: string, signal: AbortSignal): Promise<Operation> {
    const known = this.service.operations.get(name);
    if (known !== undefined) return known;
    this.service = await this.options.load(signal);
    const operation = this.service.operations.get(name);
    if (operation === undefined) throw new UpstreamError('refused', `There is no operation ${name}`);
    return operation;
  }

  readResource(): Promise<never> {
    return Promise.reject(new UpstreamError('refused', 'An HTTP API has no resources'));
  }

  getPrompt(): Promise<never> {
    return Promise.reject(new UpstreamError('refused', 'An HTTP API has no prompts'));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * An API may answer with nothing, with text, or with a status that its document does not speak of: a success, of which
 * nothing was promised, so that it is text alone. Clients insist on data (2025-11-25), and nothing of it is required.
 */
function withData({ tool, documented }: Operation, result: CallToolResult, status: number): CallToolResult {
  if (tool.outputSchema === undefined || result.isError === true) return result;
  const isPromised = documented.includes(String(status)) || documented.some(isAnySuccess);
  return isPromised && result.structuredContent !== undefined ? result : { ...result, structuredContent: {} };
}

const isAnySuccess = (documented: string): boolean => documented.toUpperCase() === '2XX';
