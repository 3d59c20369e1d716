import { openApiEntry, type OpenApiUpstream } from '../../../src/upstreams/file/upstream.entry.js';
import { OpenApiConnector } from '../../../src/upstreams/openapi/openapi.connector.js';
import type { UpstreamError } from '../../../src/upstreams/upstream.error.js';
import type { Arguments, UpstreamConnection } from '../../../src/upstreams/upstream.port.js';
import { type ApplicationContext, callContext, createContext } from '../application-context.js';
import { ORDERS_DOCUMENT, OrdersApi } from './service.js';

/** What {@link ConnectorHarness.connect} gives for the security schemes of the document. */
export const ORDERS_AUTH = {
  apiKey: { apiKey: 'orders-key' },
  bearer: { bearer: 'token' },
  basic: { username: 'ü', password: 'p:w' },
};

/** The orders API as it runs, and connections to it like those that a servers file asks for. */
export class ConnectorHarness {
  /** What {@link call} goes through: the last connection that was made. */
  connection!: UpstreamConnection;

  private constructor(
    private readonly context: ApplicationContext,
    readonly api: OrdersApi,
  ) {}

  static async start(): Promise<ConnectorHarness> {
    return new ConnectorHarness(await createContext(), await OrdersApi.start());
  }

  async close(): Promise<void> {
    await this.context.close();
    await this.api.close();
  }

  async connect(
    entry: Record<string, unknown> = {},
    forwardedHeaders: Record<string, string> = {},
    signal = new AbortController().signal,
  ): Promise<UpstreamConnection> {
    const parsed = openApiEntry.parse({
      openapi: ORDERS_DOCUMENT,
      baseUrl: this.api.baseUrl,
      auth: ORDERS_AUTH,
      ...entry,
    });
    const resolved = {
      ...parsed,
      kind: 'openapi',
      name: 'orders',
      prefix: 'orders',
      digest: JSON.stringify(parsed),
    } as OpenApiUpstream;
    this.connection = await this.context.get(OpenApiConnector).connect({
      entry: resolved,
      events: { catalogChanged: () => undefined, resourceUpdated: () => undefined, closed: () => undefined },
      signal,
      forwardedHeaders,
    });
    return this.connection;
  }

  logs(): Record<string, unknown>[] {
    return this.context.logs();
  }

  call(
    name: string,
    args: Arguments = {},
    context = callContext(),
  ): ReturnType<UpstreamConnection['callTool']> {
    return this.connection.callTool(name, args, context);
  }
}

export async function toolNames(connection: UpstreamConnection): Promise<string[]> {
  return (await connection.catalog(new AbortController().signal)).tools.map(({ name }) => name);
}

/** How a piece of work fails; `undefined` when it does not. */
export async function failureOf(work: Promise<unknown>): Promise<UpstreamError> {
  const outcome: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  return outcome as UpstreamError;
}
