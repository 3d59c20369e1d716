import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createMcpHandler, type McpHttpHandler } from '@modelcontextprotocol/server';
import { sdkSurface } from './sdk.surface.js';

/** The official SDK's server for both eras, on plain node:http and a free port of the loopback interface. */
export interface SdkServer {
  readonly url: string;
  close(): Promise<void>;
}

export async function startSdkServer(): Promise<SdkServer> {
  const handler = createMcpHandler(sdkSurface);
  const server = createServer((request, response) => {
    serve(handler, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => stop(handler, server) };
}

async function serve(
  handler: McpHttpHandler,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const method = request.method ?? 'GET';
  const body = method === 'GET' || method === 'HEAD' ? undefined : await buffer(request);
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((item): [string, string] => [name, item]),
  );
  const answer = await handler.fetch(
    new Request(`http://127.0.0.1${request.url}`, {
      method,
      headers,
      signal: gone.signal,
      ...(body !== undefined && { body }),
    }),
  );
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (answer.body === null) response.end();
  else await pipeline(Readable.fromWeb(answer.body), response);
}

async function stop(handler: McpHttpHandler, server: Server): Promise<void> {
  await handler.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
