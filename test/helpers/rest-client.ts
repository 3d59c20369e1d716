import { TEST_KEY } from './app.js';
import type { StreamedEvent } from './chat-client.js';
import type { Json } from './mcp-requests.js';

/** An answer of the REST face: JSON, or a problem document. */
export interface RestReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Json;
}

export interface RestRequest {
  readonly method?: string;
  /** Added to those of an ordinary request, or taken away when undefined. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON, or as it is when it is a text. */
  readonly body?: unknown;
}

/** One request of a client that speaks HTTP and JSON, with the test key. */
export async function rest(
  url: string,
  path: string,
  { method, headers = {}, body }: RestRequest = {},
): Promise<RestReply> {
  const all = {
    'x-api-key': TEST_KEY,
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...headers,
  };
  const response = await fetch(url + path, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /json\b/.test(response.headers.get('content-type') ?? '');
  const parsed = isJson && text !== '' ? (JSON.parse(text) as Json) : {};
  return { status: response.status, headers: response.headers, text, body: parsed };
}

/** The events of an answer that came as a stream. */
export const eventsIn = (text: string): StreamedEvent[] =>
  text
    .split('\n\n')
    .filter((block) => block.startsWith('event: '))
    .map((block) => {
      const [event = '', data = ''] = block.split('\n');
      return { event: event.slice('event: '.length), data: JSON.parse(data.slice('data: '.length)) as Json };
    });
