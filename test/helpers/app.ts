import type { AddressInfo } from 'node:net';
import type { DynamicModule, Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { register } from 'prom-client';
import { AppModule } from '../../src/app.module.js';
import { createApp } from '../../src/app.setup.js';
import { loadConfiguration } from '../../src/config/configuration.loader.js';
import { Lifecycle } from '../../src/core/lifecycle.js';
import { CapturedLog, type LogLine } from './captured-log.js';
import { waitFor } from './wait-for.js';

/** A key that the test servers know. */
export const TEST_KEY = 'test-key-0123456789abcdef0123456789abcdef';

export type { LogLine } from './captured-log.js';

/** A server under test, listening on a free port of the loopback interface. */
export interface TestServer {
  readonly app: NestExpressApplication;
  readonly url: string;
  readonly port: number;
  /** Every line that was logged so far, parsed, in order. */
  logs(): LogLine[];
  /** Those of them that close a request. */
  requestLogs(): LogLine[];
  /** The same as soon as there are `count`: a request is closed when its answer has gone out. */
  closedRequests(count: number): Promise<LogLine[]>;
  /** The log as it was written, for searches of what must not be in it. */
  rawLog(): string;
  /** POST /mcp with the test key; `headers` are added or, when undefined, taken away. */
  mcp(body: unknown, headers?: Record<string, string | undefined>): Promise<Response>;
  /** One `tools/call` the way the guide sends it; answers the `result`. */
  callTool(name: string, args?: Record<string, unknown>): Promise<ToolCallResult>;
  close(): Promise<void>;
}

export interface ToolCallResult {
  readonly content: { type: string; text?: string }[];
  readonly structuredContent?: Record<string, unknown>;
  readonly isError?: boolean;
}

export interface TestServerOptions {
  /** Environment variables over the defaults of the tests. */
  readonly env?: Record<string, string>;
  /** Modules beside those of the product, for tools that a test brings. */
  readonly modules?: (Type | DynamicModule)[];
}

/**
 * nestjs-pino keeps one root logger per process, so all servers of one test file share it; the captured lines are those
 * since the last start.
 */
const log = new CapturedLog();

/** Starts the whole application in this process, through the same `createApp` as `main.ts`. */
export async function startServer({ env = {}, modules = [] }: TestServerOptions = {}): Promise<TestServer> {
  register.clear();
  log.clear();
  const configuration = loadConfiguration({
    NODE_ENV: 'test',
    BIND_IP: '127.0.0.1',
    MCP_PORT: '0',
    MCP_API_KEYS: TEST_KEY,
    RATE_LIMIT_MAX_REQUESTS: '1000000',
    ...env,
  });
  log.logger.level = configuration.logging.level;
  const root = AppModule.forRoot(configuration, log.logger);
  const app = await createApp(configuration, log.logger, {
    ...root,
    imports: [...(root.imports ?? []), ...modules],
  });
  await app.listen(0, configuration.http.host);
  app.get(Lifecycle).markServing();
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  const url = `http://127.0.0.1:${port}`;

  const mcp: TestServer['mcp'] = (body, headers = {}) => {
    const all = { 'x-api-key': TEST_KEY, 'content-type': 'application/json', ...headers };
    const present = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return fetch(`${url}/mcp`, {
      method: 'POST',
      headers: present,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  };
  const logs = (): LogLine[] => log.lines();
  const requestLogs = (): LogLine[] => logs().filter(({ message }) => message === 'Request completed');
  return {
    app,
    url,
    port,
    mcp,
    rawLog: () => log.text(),
    logs,
    requestLogs,
    closedRequests: async (count) => {
      await waitFor(() => requestLogs().length >= count);
      return requestLogs();
    },
    callTool: async (name, args = {}) => {
      const response = await mcp({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name, arguments: args },
      });
      const { result } = (await response.json()) as { result: ToolCallResult };
      return result;
    },
    close: async () => {
      await app.close();
      register.clear();
    },
  };
}
