import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { startServer } from '../helpers/app.js';

/** Clients open connections in advance: SDK v2 does so when it ends a stream. */
describe('A connection on which nothing has come', () => {
  it('is closed with the server, which does not wait for a request on it', async () => {
    const server = await startServer();
    const accepted = once(server.app.getHttpServer(), 'connection');
    const socket = connect(server.port, '127.0.0.1');
    await accepted;
    const received = text(socket);
    await server.close();
    // A server that waits ends it with 408 when the time for a request is up.
    expect(await received).toBe('');
  });
});
