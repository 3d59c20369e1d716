import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { DiffRequest } from './corpus/row.js';

/** What came back, before anything is compared. */
export interface RawReply {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: string;
}

/** An answer that takes longer than this is none. */
const DEADLINE_MS = 120_000;
const MAX_ANSWER_BYTES = 256 * 1024;

/** Sends one request with exactly these headers and bytes. */
export function exchange(
  url: string,
  row: DiffRequest,
  extra: Readonly<Record<string, string>> = {},
): Promise<RawReply> {
  const { verb = 'POST', headers = {}, body } = row;
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
  const bytes = Buffer.from(body === undefined ? '' : isRaw ? body : JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      `${url}/mcp`,
      { method: verb, agent: false, signal: AbortSignal.timeout(DEADLINE_MS) },
      (response) => {
        read(response, row.firstEventOnly === true).then(resolve, reject);
      },
    );
    outgoing.on('error', reject);
    for (const [name, value] of Object.entries({ ...headers, ...extra })) {
      if (value !== undefined) outgoing.setHeader(name, value);
    }
    if (bytes.length > 0 || verb === 'POST') outgoing.setHeader('content-length', bytes.length);
    outgoing.end(bytes);
  });
}

async function read(response: IncomingMessage, firstEventOnly: boolean): Promise<RawReply> {
  let body = '';
  for await (const chunk of response as AsyncIterable<Buffer>) {
    body += chunk.toString('utf8');
    const event = firstEventOnly ? firstEvent(body) : undefined;
    if (event === undefined && body.length < MAX_ANSWER_BYTES) continue;
    // Leaving the loop closes the stream, and with it the subscription.
    body = event ?? body;
    break;
  }
  return { status: response.statusCode ?? 0, contentType: response.headers['content-type'], body };
}

const firstEvent = (body: string): string | undefined => /^data:.*\n\n/m.exec(body)?.[0];
