import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { TestCertificate } from '../../test/helpers/certificate.js';
import { waitFor } from '../../test/helpers/wait-for.js';
import { boundChunks, MAX_SMALL_CHUNKS, MIN_CHUNK_BYTES } from './body.chunks.js';
import { readBody } from './body.reader.js';

const LIMIT = 1024 * 1024;
const POST = 'POST / HTTP/1.1\r\nHost: localhost\r\n';
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;
const END = '0\r\n\r\n';
const chunks = (count: number, bytes: number): string =>
  `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`.repeat(count);
const withLength = (body: string): string => `${POST}Content-Length: ${body.length}\r\n\r\n${body}`;

type Parsing = Socket & { readonly parser?: Record<number, { name?: string } | undefined> };
const isHeard = (socket: Socket): boolean =>
  Object.values((socket as Parsing).parser ?? {}).some((callback) => callback?.name === 'parserOnBody');

const waitingToHear = (socket: Socket): number =>
  socket.listeners('close').filter(({ name }) => name === 'hearAgain').length;

/** How often Node has called for a piece of a body. */
const called = { pieces: 0 };
class Bounded extends IncomingMessage {}
boundChunks(Bounded.prototype);
class Counted extends Bounded {
  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    if (chunk !== null) called.pieces += 1;
    return super.push(chunk, encoding);
  }
}

describe.each(['HTTP', 'TLS'])('Chunks of a body over %s', (protocol) => {
  let certificate: TestCertificate;
  let server: Server;
  let client: Socket;
  let requests: IncomingMessage[];
  let outcomes: unknown[];
  let answers: string;
  let serve: (request: IncomingMessage) => unknown;

  const open = async (): Promise<Socket> => {
    const { port } = server.address() as AddressInfo;
    const isSecure = protocol === 'TLS';
    const socket = isSecure
      ? connectTls({ port, host: '127.0.0.1', ca: certificate.pem, servername: 'localhost' })
      : connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.on('error', () => undefined).on('data', (data: Buffer) => (answers += data.toString()));
    await once(socket, isSecure ? 'secureConnect' : 'connect');
    return socket;
  };
  const untilCalled = async (times: number): Promise<void> => {
    while (called.pieces < times) await turn();
  };
  const outcome = async (at = 0): Promise<unknown> => {
    await waitFor(() => outcomes.length > at);
    return outcomes[at];
  };
  const refused = {
    code: 'bad_request',
    message: 'The body has more than 1000 chunks of fewer than 64 bytes',
  };

  beforeAll(async () => {
    certificate = await TestCertificate.create();
  });
  afterAll(() => certificate.remove());
  beforeEach(async () => {
    called.pieces = 0;
    [requests, outcomes, answers] = [[], [], ''];
    serve = (request) => readBody(request, LIMIT);
    const listener: Parameters<typeof createServer<typeof Counted>>[1] = (request, response) => {
      requests.push(request);
      // As an answer that hangs on something else.
      turn()
        .then(() => serve(request))
        .catch((error: unknown) => error)
        .then((result) => {
          outcomes.push(result);
          response.end('done');
        })
        .catch(() => undefined);
    };
    const { keyPath, path } = certificate;
    server =
      protocol === 'TLS'
        ? createTlsServer(
            { key: readFileSync(keyPath), cert: readFileSync(path), IncomingMessage: Counted },
            listener,
          )
        : createServer({ IncomingMessage: Counted }, listener);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = await open();
  });
  afterEach(async () => {
    client.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('are refused when they are many and small, without waiting for the end, and the rest is not called for', async () => {
    client.write(CHUNKED + chunks(100_000, 1));
    expect(await outcome()).toMatchObject(refused);
    client.write(chunks(100_000, 1));
    const before = requests[0]!.socket.bytesRead;
    await waitFor(() => answers.includes('done') && requests[0]!.socket.bytesRead > before);
    expect(called.pieces).toBeLessThan(MAX_SMALL_CHUNKS + 30);
  });

  it('are refused likewise when they come in one read for many bodies', async () => {
    const bodies = 20;
    client.write((CHUNKED + chunks(MAX_SMALL_CHUNKS / 5, 1) + END).repeat(bodies));
    await outcome(bodies - 1);
    expect(outcomes).toContainEqual(expect.objectContaining(refused));
    expect(outcomes[0]).toBe('x'.repeat(MAX_SMALL_CHUNKS / 5));
    // A read has no more than that; each body that is refused has one.
    expect(called.pieces).toBeLessThan(MAX_SMALL_CHUNKS + bodies);
  });

  it('are refused also when nobody was reading as they came', async () => {
    serve = async (request) => {
      await waitFor(() => request.complete);
      return readBody(request, LIMIT);
    };
    client.write(CHUNKED + chunks(20_000, 1) + END);
    expect(await outcome()).toMatchObject(refused);
    expect(called.pieces).toBeLessThan(MAX_SMALL_CHUNKS + 30);
  });

  it.each([
    ['few small ones', MAX_SMALL_CHUNKS, 1],
    ['many of sufficient size', 5 * MAX_SMALL_CHUNKS, MIN_CHUNK_BYTES],
  ])('are taken: %s', async (_what, count, bytes) => {
    client.write(CHUNKED + chunks(count, bytes) + END);
    expect(await outcome()).toBe('x'.repeat(count * bytes));
  });

  it('are taken when large ones make up for small ones that follow', async () => {
    client.write(
      CHUNKED + (chunks(1, 1) + chunks(1, 2 * MIN_CHUNK_BYTES)).repeat(2 * MAX_SMALL_CHUNKS) + END,
    );
    expect(await outcome()).toHaveLength(2 * MAX_SMALL_CHUNKS * (1 + 2 * MIN_CHUNK_BYTES));
  });

  it('are not what a slow body with a length comes in', async () => {
    const length = MAX_SMALL_CHUNKS + 200;
    client.write(`${POST}Content-Length: ${length}\r\n\r\n`);
    for (let sent = 1; sent <= length; sent += 1) {
      client.write('x');
      await untilCalled(sent);
    }
    expect(await outcome()).toBe('x'.repeat(length));
  });

  it('are not asked for again once all of them have been read', async () => {
    const resume = jest.spyOn(Counted.prototype, 'resume');
    serve = (request) => (requests.length === 1 ? 'unread' : readBody(request, LIMIT));
    client.write(withLength('left'));
    await waitFor(() => answers.includes('done'));
    expect(resume).toHaveBeenCalled();
    resume.mockClear();
    client.write(withLength('read'));
    expect(await outcome(1)).toBe('read');
    await waitFor(() => answers.match(/done/g)?.length === 2);
    client.write(withLength('read too'));
    expect(await outcome(2)).toBe('read too');
    expect(resume).not.toHaveBeenCalled();
    expect(requests[1]!.closed).toBe(true);
    resume.mockRestore();
  });

  const NOT_READ: readonly [what: string, serve: (request: IncomingMessage) => unknown, bytes: string][] = [
    ['that has too many', (request) => readBody(request, LIMIT), chunks(20_000, 1)],
    ['that nobody reads', () => 'unread', chunks(10, 1)],
    ['that is too large', (request) => readBody(request, LIMIT), chunks(17, 65_535)],
  ];

  it.each(NOT_READ)('of a body %s cost nothing once it is answered', async (_what, handler, bytes) => {
    serve = handler;
    client.write(CHUNKED + bytes);
    await waitFor(() => answers.includes('done'));
    const [{ socket }] = requests as [IncomingMessage];
    expect([isHeard(socket), waitingToHear(socket)]).toEqual([false, 1]);
    const [before, read] = [called.pieces, socket.bytesRead];
    client.write(chunks(1000, 1));
    await waitFor(() => socket.bytesRead > read);
    await turn();
    expect(called.pieces).toBe(before);
  });

  it.each(NOT_READ)(
    'of a body %s leave the connection to the requests behind it',
    async (_what, handler, bytes) => {
      serve = (request) => (requests.length === 1 ? handler(request) : readBody(request, LIMIT));
      client.write(CHUNKED + bytes);
      await waitFor(() => answers.includes('done'));
      // In one read with the end of the one that is dropped.
      client.write(END + withLength('second') + CHUNKED + chunks(3, 2) + END);
      expect([await outcome(1), await outcome(2)]).toEqual(['second', 'xxxxxx']);
      client.write(withLength('fourth'));
      expect(await outcome(3)).toBe('fourth');
      expect(isHeard(requests[3]!.socket)).toBe(true);
      expect(waitingToHear(requests[3]!.socket)).toBe(0);
      expect(new Set(requests.map(({ socket }) => socket)).size).toBe(1);
    },
  );

  it.each(NOT_READ)('of a body %s leave the parser to the next connection', async (_what, handler, bytes) => {
    serve = (request) => (requests.length === 1 ? handler(request) : readBody(request, LIMIT));
    client.write(CHUNKED + bytes);
    await waitFor(() => answers.includes('done'));
    const { socket } = requests[0]!;
    const { parser } = socket as Parsing;
    expect([parser === undefined, isHeard(socket)]).toEqual([false, false]);
    client.destroy();
    await waitFor(() => socket.closed && (socket as Parsing).parser === null);
    client = await open();
    client.write(withLength('of somebody else'));
    expect(await outcome(1)).toBe('of somebody else');
    expect((requests[1]!.socket as Parsing).parser).toBe(parser);
  });
});
