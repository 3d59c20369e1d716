import { IncomingMessage } from 'node:http';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';
import { type ApplicationContext, createContext } from '../../../test/helpers/application-context.js';
import { GatheredPieces, MAX_SMALL_PIECES } from './gathered-pieces.js';
import { HttpPools } from './http-pools.service.js';

const ONE = '1\r\nx\r\n';
const END = '0\r\n\r\n';

/** Answers that come in very many chunks, as the readers of `fetch` over the pools get them. */
describe(GatheredPieces.name, () => {
  let context: ApplicationContext;
  let server: Server;
  let connections: Socket[];
  let answer: (type: string, body: string) => void;
  let fetchAnswer: () => Promise<Response>;

  beforeAll(async () => {
    context = await createContext({});
    const { fetch } = context.get(HttpPools);
    connections = [];
    let reply = '';
    server = createServer((socket) => {
      connections.push(socket);
      socket.on('error', () => undefined).on('data', () => socket.write(reply));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    answer = (type, body) => {
      reply = `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n${body}`;
    };
    fetchAnswer = () => fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  });
  afterAll(async () => {
    await context.close();
    for (const socket of connections) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it.each(['application/json', 'text/event-stream'])(
    'hands what came in one turn on together, and leaves the connection to the next request: %s',
    async (type) => {
      const opened = connections.length;
      for (let round = 0; round < 2; round += 1) {
        answer(type, ONE.repeat(20_000) + END);
        const pieces: number[] = [];
        for await (const piece of (await fetchAnswer()).body!) pieces.push(piece.byteLength);
        expect(pieces.reduce((sum, length) => sum + length, 0)).toBe(20_000);
        expect(pieces.length).toBeLessThan(1000);
      }
      expect(connections.length).toBeLessThanOrEqual(opened + 1);
    },
  );

  it.each(['application/json', 'text/event-stream'])('ends an answer that has too many: %s', async (type) => {
    answer(type, ONE.repeat(4 * MAX_SMALL_PIECES));
    await expect((await fetchAnswer()).text()).rejects.toMatchObject({
      name: 'ScatteredAnswerError',
      message: 'The answer comes in more than 50000 pieces of fewer than 64 bytes',
    });
  });

  it('counts over all the reads of a turn, as of records of TLS, and hands their pieces on together', async () => {
    const passed: number[] = [];
    const failed: Error[] = [];
    const socket = new Socket();
    const pause = jest.spyOn(socket, 'pause');
    const sut = new GatheredPieces(
      new IncomingMessage(socket),
      (bytes) => void passed.push(bytes.length),
      (error) => void failed.push(error),
      MAX_SMALL_PIECES,
    );
    let reads = 0;
    for (let turn = 0; turn < 12 && failed.length === 0; turn += 1) {
      for (let record = 0; record < 1000; record += 1) {
        for (let chunk = 0; chunk < 8; chunk += 1) sut.add(Buffer.from('x'));
        await new Promise<void>((resolve) => process.nextTick(resolve));
      }
      reads += 8000;
      await new Promise<void>((resolve) => void setImmediate(resolve));
    }
    expect(passed.reduce((sum, length) => sum + length, 0)).toBe(reads);
    expect(passed.length).toBeLessThanOrEqual(3 * 12);
    expect(pause).toHaveBeenCalled();
    expect(failed).toEqual([expect.objectContaining({ name: 'ScatteredAnswerError' })]);
  });

  it('holds no event back until the next one', async () => {
    answer('text/event-stream', '9\r\ndata: a\n\n\r\n');
    const reader = (await fetchAnswer()).body!.getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('data: a\n\n');
    await reader.cancel();
  });
});
