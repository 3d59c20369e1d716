import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { waitFor } from '../../test/helpers/wait-for.js';
import { HEAVY_LENGTH } from '../core/turn.js';
import { holdBody, readBody } from './body.reader.js';

const LIMIT = 1000;

/** Over a real connection: what matters here is when bytes come, and when they stop coming. */
describe(readBody.name, () => {
  let server: Server;
  let socket: Socket;
  /** What became of the body, for each request. */
  let outcomes: unknown[];
  let beforeReading: (request: IncomingMessage) => Promise<void>;

  beforeEach(async () => {
    outcomes = [];
    beforeReading = () => Promise.resolve();
    server = createServer((request, response) => {
      beforeReading(request)
        .then(() => readBody(request, LIMIT))
        .catch((error: unknown) => error)
        .then((outcome) => {
          outcomes.push(outcome);
          response.end('done');
        })
        .catch(() => undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
  });
  afterEach(async () => {
    socket.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const head = (...lines: string[]): string =>
    ['POST / HTTP/1.1', 'Host: localhost', ...lines, '', ''].join('\r\n');
  const outcome = async (): Promise<unknown> => {
    await waitFor(() => outcomes.length > 0);
    return outcomes[0];
  };
  const post = (body: string | Buffer, ...lines: string[]): Promise<unknown> => {
    socket.write(head(`Content-Length: ${Buffer.byteLength(body)}`, ...lines));
    socket.write(body);
    return outcome();
  };
  const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

  it('asks for no body when the answer has been given before it was to be read', async () => {
    let received = '';
    socket.on('data', (data) => (received += data.toString()));
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      holdBody(request, response);
      response.writeHead(408, { connection: 'close' }).end();
      Promise.resolve()
        .then(() => readBody(request, LIMIT))
        .catch((error: unknown) => error)
        .then((what) => outcomes.push(what))
        .catch(() => undefined);
    });
    socket.write(head('Content-Length: 5', 'Expect: 100-continue'));
    expect(await outcome()).toMatchObject({ code: 'bad_request' });
    await waitFor(() => received.includes('\r\n\r\n'));
    expect(received).toMatch(/^HTTP\/1\.1 408 /);
    expect(received).not.toContain('100 Continue');
  });

  it.each(['', '{}', 'é 🦊', 'x'.repeat(LIMIT)])('reads %p', async (text) => {
    expect(await post(text)).toBe(text);
  });

  it('reads a body without a length', async () => {
    socket.write(head('Transfer-Encoding: chunked') + chunk('one ') + chunk('two') + chunk(''));
    expect(await outcome()).toBe('one two');
  });

  it('reads no body at all as an empty one', async () => {
    socket.write(head());
    expect(await outcome()).toBe('');
  });

  it('puts characters together that come in pieces', async () => {
    const bytes = Buffer.from('🦊é');
    socket.write(head(`Content-Length: ${bytes.length}`));
    for (const byte of bytes) {
      socket.write(Buffer.from([byte]));
      await turn();
      await turn();
    }
    expect(await outcome()).toBe('🦊é');
  });

  it('refuses a length over the limit before anything has come', async () => {
    socket.write(head(`Content-Length: ${LIMIT + 1}`));
    expect(await outcome()).toMatchObject({ code: 'payload_too_large', data: { limitBytes: LIMIT } });
  });

  it('refuses a body over the limit as soon as it passes it, without waiting for its end', async () => {
    let incoming: IncomingMessage | undefined;
    beforeReading = (request) => {
      incoming = request;
      return Promise.resolve();
    };
    const allowed = head('Transfer-Encoding: chunked') + chunk('x'.repeat(LIMIT));
    socket.write(allowed);
    await waitFor(() => incoming?.socket.bytesRead === allowed.length);
    await turn();
    expect(outcomes).toEqual([]);
    socket.write(chunk('x'));
    expect(await outcome()).toMatchObject({ code: 'payload_too_large' });
  });

  it('refuses a body over the limit that has come in one piece with its headers', async () => {
    socket.write(head('Transfer-Encoding: chunked') + chunk('x'.repeat(LIMIT + 1)) + chunk(''));
    expect(await outcome()).toMatchObject({ code: 'payload_too_large' });
  });

  it('lets the rest of a body that is too large flow away, so that the answer is read', async () => {
    let answer = '';
    socket.on('data', (data: Buffer) => (answer += data.toString()));
    await post('x'.repeat(500_000));
    await waitFor(() => answer.includes('done'));
    socket.write(head('Content-Length: 2') + '{}');
    await waitFor(() => outcomes.length === 2);
    expect(outcomes[1]).toBe('{}');
  });

  it.each(['gzip', 'br', 'deflate', 'GZIP', 'identity, gzip', 'made-up'])(
    'refuses the content coding %s',
    async (coding) => {
      const body = gzipSync('{}');
      expect(await post(body, `Content-Encoding: ${coding}`)).toMatchObject({
        code: 'unsupported_encoding',
      });
    },
  );

  it.each(['identity', 'Identity'])('takes the content coding %s', async (coding) => {
    expect(await post('{}', `Content-Encoding: ${coding}`)).toBe('{}');
  });

  it.each([
    ['a byte that is never UTF-8', [0xff]],
    ['an overlong encoding', [0xc0, 0xaf]],
    ['an encoded surrogate', [0xed, 0xa0, 0x80]],
    ['half a character', [0xe2, 0x82]],
  ])('refuses %s', async (_what, bytes) => {
    expect(await post(Buffer.from(bytes))).toMatchObject({ code: 'parse_error' });
  });

  it('gives up when the client goes away in the middle', async () => {
    socket.write(head('Content-Length: 100') + 'half');
    await turn();
    socket.destroy();
    expect(await outcome()).toMatchObject({ code: 'bad_request' });
  });

  it('gives up when the client has gone away before reading began', async () => {
    beforeReading = async (request) => {
      request.on('error', () => undefined);
      await new Promise((resolve) => request.once('close', resolve));
      await turn();
    };
    socket.write(head('Content-Length: 100') + 'half');
    await turn();
    socket.destroy();
    expect(await outcome()).toMatchObject({ code: 'bad_request' });
  });

  it('reads a body that was complete before reading began', async () => {
    beforeReading = async (request) => {
      await waitFor(() => request.complete);
    };
    expect(await post('{"early":true}')).toBe('{"early":true}');
  });

  it('leaves no listeners behind', async () => {
    let seen: IncomingMessage | undefined;
    beforeReading = (request) => {
      seen = request;
      return Promise.resolve();
    };
    await post('{}');
    expect(['data', 'error'].map((event) => seen?.listenerCount(event))).toEqual([0, 0]);
  });

  it.each([
    ['one of several large bodies that are there together', HEAVY_LENGTH + 1, 3],
    ['all of several small ones', HEAVY_LENGTH, 1],
  ])('hands out in a turn of the event loop %s', async (_what, length, turns) => {
    const bodies = [1, 2, 3].map(() =>
      Object.assign(new Readable({ read: () => undefined }), { headers: {} }),
    );
    let now = 0;
    const seen: number[] = [];
    const reading = bodies.map(async (body) => {
      await readBody(body as unknown as IncomingMessage, 2 * HEAVY_LENGTH);
      seen.push(now);
    });
    for (const body of bodies) {
      body.push('x'.repeat(length));
      body.push(null);
    }
    for (; seen.length < bodies.length; now += 1) await turn();
    await Promise.all(reading);
    expect(new Set(seen).size).toBe(turns);
  });
});
