import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { ClientErrors } from './client-errors.service.js';
import { prepareListener } from './http.listener.js';

describe(prepareListener.name, () => {
  let server: Server;
  let client: Socket;

  beforeEach(async () => {
    server = createServer((request, response) => request.resume().on('end', () => response.end('answer')));
    prepareListener(server, { watch: () => undefined } as unknown as ClientErrors);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  });

  afterEach(() => {
    client.destroy();
    server.close();
  });

  it('keeps an idle connection for longer than it tells the client', async () => {
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [[socket], [head]] = await Promise.all([accepted, once(client, 'data') as Promise<[Buffer]>]);
    expect(head.toString()).toContain('Keep-Alive: timeout=75\r\n');
    expect(socket.timeout).toBe(100_000);
  });
});
