// Ours, for neither `fetch` nor `Readable.toWeb` has a bound, and undici's is on the whole of a body: a stream of
// events may last for ever, and is bounded event by event.
import type { IncomingMessage } from 'node:http';
import { ResponseTooLargeError } from '../outbound.port.js';
import { GatheredPieces } from './gathered-pieces.js';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** What a slow reader lets pile up before the upstream has to wait. */
const BUFFERED_BYTES = 64 * 1024;

export const isEventStream = (contentType: string | undefined): boolean =>
  contentType !== undefined && /^text\/event-stream\b/i.test(contentType);

/** Counts bytes against a bound: of the whole body, or of each event where the body is a stream of events. */
export class SizeBound {
  private bytes = 0;
  private isLineEmpty = true;
  /** Whether the last line has ended with CR, to which an LF may belong. */
  private hasReturned = false;

  constructor(
    readonly maxBytes: number,
    private perEvent: boolean,
  ) {}

  /** From here on all of the body counts together. */
  countWhole(): void {
    this.perEvent = false;
  }

  /** Whether everything is within the bound still. */
  accepts(chunk: Uint8Array): boolean {
    if (!this.perEvent) {
      this.bytes += chunk.byteLength;
      return this.bytes <= this.maxBytes;
    }
    const { maxBytes } = this;
    const { length } = chunk;
    let { bytes, isLineEmpty, hasReturned } = this;
    // By index and in locals: an iterator takes five times as long, `indexOf` more where the lines are short.
    for (let at = 0; at < length; at += 1) {
      bytes += 1;
      if (bytes > maxBytes) return false;
      const byte = chunk[at];
      if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN) {
        isLineEmpty = false;
        hasReturned = false;
      } else if (byte === LINE_FEED && hasReturned) {
        // The line has ended with what was before it.
        hasReturned = false;
      } else {
        // An empty line ends an event.
        if (isLineEmpty) bytes = 0;
        isLineEmpty = true;
        hasReturned = byte === CARRIAGE_RETURN;
      }
    }
    this.bytes = bytes;
    this.isLineEmpty = isLineEmpty;
    this.hasReturned = hasReturned;
    return true;
  }
}

export interface BodyBounds {
  readonly size: SizeBound;
  readonly maxSmallPieces: number;
}

/** The readers of a response that hold all of its body at once. */
const WHOLE = ['arrayBuffer', 'blob', 'bytes', 'formData', 'json', 'text'] as const;

/** Events are bounded one by one only where whoever reads them lets go of them one by one. */
export class ResponseOfEvents extends Response {
  constructor(
    body: ConstructorParameters<typeof Response>[0],
    init: ResponseInit,
    readonly bound: SizeBound,
  ) {
    super(body, init);
  }
}

// Not as methods: the types of Node have no such methods of `Response` that a class could replace.
for (const name of WHOLE) {
  const read: () => Promise<unknown> = Response.prototype[name];
  const value = function (this: ResponseOfEvents): Promise<unknown> {
    this.bound.countWhole();
    return read.call(this);
  };
  Object.defineProperty(ResponseOfEvents.prototype, name, { value, writable: true, configurable: true });
}

/**
 * The body of an answer as a web stream, within its bounds.
 *
 * @param explain makes the reader's error of whatever broke the stream
 */
export function responseBody(
  incoming: IncomingMessage,
  { size, maxSmallPieces }: BodyBounds,
  explain: (error: unknown) => unknown,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let hasEnded = false;
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        const fail = (error: unknown): void => {
          if (hasEnded) return;
          hasEnded = true;
          controller.error(error);
        };
        const stop = (error: Error): void => {
          fail(error);
          incoming.destroy();
        };
        const pass = (bytes: Buffer<ArrayBuffer>): void => {
          if (hasEnded) return;
          if (!size.accepts(bytes)) {
            stop(new ResponseTooLargeError(size.maxBytes));
            return;
          }
          controller.enqueue(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
          if ((controller.desiredSize ?? 0) <= 0) incoming.pause();
        };
        const pieces = new GatheredPieces(incoming, pass, stop, maxSmallPieces);
        incoming.on('data', (piece: Buffer<ArrayBuffer>) => {
          if (!hasEnded) pieces.add(piece);
        });
        incoming.on('end', () => {
          pieces.flush();
          if (hasEnded) return;
          hasEnded = true;
          controller.close();
        });
        incoming.on('error', (error) => {
          pieces.flush();
          fail(explain(error));
        });
      },
      pull() {
        incoming.resume();
      },
      cancel() {
        hasEnded = true;
        incoming.destroy();
      },
    },
    { highWaterMark: BUFFERED_BYTES, size: (chunk) => chunk.byteLength },
  );
}
