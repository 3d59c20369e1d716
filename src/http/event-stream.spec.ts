import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { waitFor } from '../../test/helpers/wait-for.js';
import { EventStream, MAX_BUFFERED_BYTES } from './event-stream.js';

/** More than the buffers of the system take. */
const LARGE = 'x'.repeat(24 * 1024 * 1024);

/** Over a real connection: what matters here is what waits for whom. */
describe(EventStream.name, () => {
  let server: Server;
  let client: Socket;
  let response: ServerResponse;
  let received: number;
  let sut: EventStream;

  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    received = 0;
    client.on('error', () => undefined).on('data', ({ length }: Buffer) => (received += length));
    client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    [, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
    sut = new EventStream(response);
  });
  afterEach(async () => {
    client.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it.each([
    ['one large event', [LARGE]],
    ['two events that are too much together', ['x'.repeat(600_000), 'y'.repeat(600_000)]],
    ['many events', Array.from({ length: 256 }, () => 'x'.repeat(16_384))],
  ])('gives a reader who reads %s of one turn', async (_what, events) => {
    for (const event of events) sut.send('message', event);
    sut.end('done', 'z');
    const length = events.reduce((sum, event) => sum + event.length, 0);
    await waitFor(() => received > length || client.closed);
    expect(received).toBeGreaterThan(length);
  });

  it('waits for one who takes a while over a large event', async () => {
    client.pause();
    sut.send('message', LARGE);
    await turn();
    for (let count = 0; count < 8; count += 1) {
      sut.send('message', 'small');
      sut.keepAlive();
      await turn();
    }
    expect(response.writableLength).toBeGreaterThan(MAX_BUFFERED_BYTES);
    client.resume();
    await waitFor(() => received > LARGE.length || client.closed);
    expect(received).toBeGreaterThan(LARGE.length);
  });

  it.each([
    ['small', 'x'.repeat(1000)],
    ['large', 'x'.repeat(MAX_BUFFERED_BYTES)],
  ])('cuts off one who does not read, of %s events', async (_size, event) => {
    client.pause();
    let most = 0;
    while (!response.destroyed) {
      sut.send('message', event);
      await turn();
      most = Math.max(most, response.writableLength);
    }
    expect(most).toBeLessThan(MAX_BUFFERED_BYTES + 2 * event.length + 100_000);
  });

  it('gives no sign of life beside what waits', () => {
    sut.send('message', 'small');
    const waiting = response.writableLength;
    expect(waiting).toBeGreaterThan(0);
    sut.keepAlive();
    expect(response.writableLength).toBe(waiting);
  });
});
