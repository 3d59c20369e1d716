import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A reverse proxy on a free port of its own: the address of a server is known before the server is. */
export interface FrontProxy {
  readonly url: string;
  /** Where it passes requests on to, from now on. */
  pointAt(target: string): void;
  close(): void;
}

export async function startFrontProxy(): Promise<FrontProxy> {
  let target = '';
  const server = createServer((incoming, response) => {
    const { method, url, headers } = incoming;
    const outgoing = request(target + (url ?? ''), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pointAt: (url) => {
      target = url;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
