import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

export interface RawRequest {
  readonly verb?: string;
  readonly path?: string;
  /** A list of values is sent as repeated header lines; `undefined` leaves the header out. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: string | Buffer;
  /** Sends the body in pieces, without a Content-Length. */
  readonly chunked?: boolean;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const PIECE = 64 * 1024;

/** One HTTP request with exactly these headers and bytes: `fetch` would add and repair too much. */
export function sendRaw(url: string, raw: RawRequest): Promise<RawAnswer> {
  const { verb = 'POST', path = '/mcp', headers = {}, body = '', chunked = false } = raw;
  const present = Object.entries(headers).filter(([, value]) => value !== undefined);
  const bytes = Buffer.from(body);
  return new Promise((resolve, reject) => {
    const outgoing = request(url + path, { method: verb, agent: false }, (response) => {
      text(response).then(
        (answer) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer }),
        reject,
      );
    });
    outgoing.on('error', reject);
    for (const [name, value] of present) outgoing.setHeader(name, value as string | string[]);
    if (!chunked) {
      // Node frames no body of its own accord under GET, HEAD and DELETE.
      if (bytes.length > 0 || verb === 'POST') outgoing.setHeader('content-length', bytes.length);
      outgoing.end(bytes);
      return;
    }
    outgoing.setHeader('transfer-encoding', 'chunked');
    for (let from = 0; from < bytes.length; from += PIECE) outgoing.write(bytes.subarray(from, from + PIECE));
    outgoing.end();
  });
}

/** Writes bytes to a socket and answers everything that comes back until the server closes it. */
export function exchangeBytes(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(bytes);
  return text(socket);
}
