import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { LocalServers } from '../../../test/helpers/local-servers.js';
import { exchange, type HttpAnswer, type HttpFailure } from './http.exchange.js';

/** Answers that are made to cost more than they are worth. */
describe(exchange.name, () => {
  const local = new LocalServers();
  let port: number;
  /** The beginning of the answer, and what comes behind it again and again. */
  let answer: readonly [first: string, more: string];

  beforeAll(async () => {
    port = await local.listen(
      createServer((socket) => {
        const write = (): void => void (answer[1] !== '' && socket.write(answer[1]));
        socket.on('drain', write).once('data', () => {
          socket.write(answer[0]);
          write();
        });
      }),
    );
  });
  afterAll(() => local.close());

  const ask = async (keep = 0): Promise<HttpAnswer | HttpFailure> => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const options = { waitMs: 60_000, stop: new AbortController().signal, keep };
    return exchange(socket, { method: 'GET', path: '/', headers: { host: 'a' } }, options);
  };

  it('ends a flood of interim answers', async () => {
    answer = ['', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(20_000)];
    expect(await ask()).toEqual({
      code: 'scattered',
      message: 'The answer comes after more than 100 interim answers',
    });
  });
});
