import { excessIn, screening } from '../../core/json/answer.js';
import { type EventJudge, JudgedEvents, onOneLine } from '../../core/json/judged-events.js';
import { cut, quote } from '../../core/quote.js';
import type { Steps } from '../../core/steps.js';
import { asLong } from '../../core/turn.js';
import { ChatServerError } from './chat-server.port.js';

type Fetch = typeof globalThis.fetch;

/**
 * Bytes of an answer that is one document. Said to be a stream of events, it is bounded nowhere else: what is an empty
 * line to whoever counts events is nothing within JSON.
 */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

const OPENING_OBJECT = 0x7b;
const SPACE = 0x20;

/** A chunk for a server that ends without a reason: the model is done, unless another chunk has said why it is not. */
const END = '{"choices":[{"finish_reason":"stop"}]}';

/**
 * The same `fetch`, whose events and texts are looked at before the client parses them. Numbers that a double would
 * change are for `restored` to put back.
 */
export const gatedFetch =
  (fetch: Fetch): Fetch =>
  async (input, init) => {
    const response = await fetch(input, init);
    const { body, ok, status, statusText, headers } = response;
    // Whatever its type, what answers well is read as a stream of events.
    if (ok) {
      const problem = problemOf(response);
      if (problem !== undefined) {
        await body?.cancel();
        throw new ChatServerError('broken', problem);
      }
    }
    if (ok && body !== null) {
      const judge: EventJudge = (data) => asLong(data.length, judging(data));
      const events = new JudgedEvents(body.pipeThrough(documentAsEvents()), judge, asData);
      return new Response(events, { status, statusText, headers });
    }
    const read = response.text.bind(response);
    const text = async (): Promise<string> => {
      const said = await read();
      const excess = await asLong(said.length, excessIn(said));
      return excess === undefined ? said : '';
    };
    return Object.assign(response, { text });
  };

/** Why a good answer is none of a model. */
function problemOf({ body, headers }: Response): string | undefined {
  if (body === null) return 'The chat server answered with nothing';
  const encoding = headers.get('content-encoding') ?? '';
  if (encoding !== '' && encoding !== 'identity')
    return `The answer of the chat server is encoded as ${quote(encoding, 50)}, which was not asked for`;
  if (!/^text\/html\b/i.test(headers.get('content-type') ?? '')) return undefined;
  return 'The chat server answered with a web page: a login page, or the address of something else';
}

/** Characters of an event that says what is wrong in words. */
const MAX_WORDS = 1000;

/** @throws Error with what the server says, where that is no JSON */
function* judging(data: string): Steps<string | undefined> {
  const trimmed = data.trim();
  if (trimmed === '') return 'null';
  if (!/^["[{]/.test(trimmed) && !isJson(trimmed.slice(0, MAX_WORDS))) {
    if (/^done$/i.test(trimmed)) return `${END}\n\ndata: [DONE]`;
    throw new Error(cut(trimmed, MAX_WORDS));
  }
  if (/^\[done\]$/i.test(trimmed)) return `${END}\n\ndata: [DONE]`;
  const looked = yield* screening(data);
  if ('excess' in looked)
    throw new ChatServerError('broken', `The chat server sent a chunk that ${looked.excess}`);
  return looked.text === data ? undefined : onOneLine(looked.text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** llama.cpp tells of an error in a field of its own, others in a line of JSON that is no field at all. */
function asData(line: string): string {
  if (line.startsWith('{')) return `data: ${line}`;
  if (!line.startsWith('error:')) return line;
  const said = line.slice('error:'.length).trim();
  return `data: {"error":${said.startsWith('{') ? said : JSON.stringify(said)}}`;
}

/** A server that does not stream answers with one JSON object, which is made one event of a stream that ends. */
function documentAsEvents(): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let isDocument: boolean | undefined;
  let length = 0;
  return new TransformStream({
    transform(bytes, controller) {
      if (isDocument === undefined) {
        const first = bytes.find((byte) => byte > SPACE);
        if (first === undefined) return;
        isDocument = first === OPENING_OBJECT;
        if (isDocument) controller.enqueue(encoder.encode('data: '));
      }
      length += bytes.length;
      if (isDocument && length > MAX_DOCUMENT_BYTES)
        throw new ChatServerError(
          'broken',
          `The chat server answered with over ${MAX_DOCUMENT_BYTES} bytes of JSON`,
        );
      controller.enqueue(
        isDocument ? encoder.encode(onOneLine(decoder.decode(bytes, { stream: true }))) : bytes,
      );
    },
    flush(controller) {
      if (isDocument === true) controller.enqueue(encoder.encode(`\n\ndata: [DONE]\n\n`));
    },
  });
}
