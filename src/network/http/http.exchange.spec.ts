import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { LocalServers } from '../../../test/helpers/local-servers.js';
import { exchange, type HttpAnswer, type HttpFailure, MAX_READ } from './http.exchange.js';

const HEAD = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const ONE = '1\r\nx\r\n';

/** Answers that are made to cost more than they are worth. */
describe(exchange.name, () => {
  const local = new LocalServers();
  let port: number;
  /** The beginning of the answer, and what comes behind it again and again. */
  let answer: readonly [first: string, more: string];

  beforeAll(async () => {
    port = await local.listen(
      createServer((socket) => {
        const write = (): void => {
          if (!socket.destroyed) socket.write(answer[1], () => setImmediate(write));
        };
        socket.once('data', () => {
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

  it('ends a body that comes in too many pieces', async () => {
    answer = [HEAD, ONE.repeat(20_000)];
    const { bytes, broken, beginning } = (await ask(3)) as HttpAnswer;
    expect({ broken, beginning: beginning.toString() }).toEqual({ broken: 'scattered', beginning: 'xxx' });
    expect(bytes).toBeLessThan(MAX_READ / 2);
  });

  it('reads no more of a body than is enough', async () => {
    answer = [HEAD, `8000\r\n${'x'.repeat(0x8000)}\r\n`.repeat(10)];
    const { bytes, broken } = (await ask()) as HttpAnswer;
    expect(broken).toBeNull();
    expect(bytes).toBeGreaterThanOrEqual(MAX_READ);
    expect(bytes).toBeLessThan(2 * MAX_READ);
  });
});
