import type { Readable } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { type JSONRPCMessage, serializeMessage, type Transport } from '@modelcontextprotocol/client';
import { cut } from '../../core/quote.js';
import { SLICE_MS, Slices } from '../../core/slices.js';
import type { ChildGroup } from './child-group.js';
import type { Ending } from './child-keeper.js';
import { LineSplitter } from './line-splitter.js';

export interface StdioTransportOptions {
  /** Starts the child. */
  readonly spawn: () => Promise<ChildGroup>;
  /** Longest message of the child; a longer one ends the connection. */
  readonly maxMessageBytes: number;
  /** Bytes of messages to the child that may wait until it reads; one that waits behind more ends the connection. */
  readonly maxUnreadBytes: number;
  /** Makes a message of a line; of a long one only later. @throws Error for a line that is none */
  readonly read: (line: string) => JSONRPCMessage | Promise<JSONRPCMessage>;
  /** Told every line of the child's standard error. */
  readonly onStderr: (line: string) => void;
  readonly onStderrEnd?: () => void;
}

const MAX_STDERR_LINE_BYTES = 4096;
/** Standard error is read for a slice and then left alone for so long, in milliseconds: a tenth of a core. */
export const STDERR_REST_MS = 9 * SLICE_MS;
/** Lines in a row that are no messages: whoever sends so many does not speak MCP. */
const MAX_STRAY_LINES = 1000;
const MAX_SHOWN = 200;
/** How long the end of a child waits for the rest of what it has said, in milliseconds. */
const MAX_LAST_MS = 1000;

/** Thrown through `onclose` listeners and `closeReason`: why the child is gone. */
export class ChildEndedError extends Error {
  override readonly name = 'ChildEndedError';
}

/**
 * MCP over the standard streams of a child process. In place of the SDK's own transport, whose children inherit
 * variables of this process and are killed without what they have started.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  /** Why it closed. */
  closeReason: Error | undefined;
  private child: ChildGroup | undefined;
  /** Of those who wait until the program reads on. */
  private draining: PromiseWithResolvers<void> | undefined;
  private strayLines = 0;
  /** Until then lines are read as they come. */
  private sliceEndsAt = 0;
  /** The lines behind one that takes time, or behind many, in order: the rest of one piece of the output. */
  private behind: string[] | undefined;
  /** The work on them. */
  private reading: Promise<void> = Promise.resolve();

  constructor(private readonly options: StdioTransportOptions) {}

  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** By having this member, the SDK knows a transport without HTTP in it. */
  get stderr(): null {
    return null;
  }

  async start(): Promise<void> {
    const child = await this.options.spawn();
    this.child = child;
    const messages = new LineSplitter({
      maxBytes: this.options.maxMessageBytes,
      onLine: (line) => this.take(line),
      onOverflow: () => void this.giveUp(`A message has more than ${this.options.maxMessageBytes} bytes`),
    });
    const errors = new LineSplitter({
      maxBytes: MAX_STDERR_LINE_BYTES,
      onLine: this.options.onStderr,
      onOverflow: (beginning) => this.options.onStderr(`${beginning}...`),
    });
    readInSlices(
      child.stdout,
      (chunk, endsAt) => {
        this.sliceEndsAt = endsAt;
        messages.push(chunk);
        return this.behind === undefined;
      },
      async () => {
        await nextTurn();
        await this.reading;
      },
    );
    readInSlices(
      child.stderr,
      (chunk) => {
        errors.push(chunk);
        return true;
      },
      () => sleep(STDERR_REST_MS, undefined, { ref: false }),
    );
    child.stderr.once('end', () => errors.end());
    child.stderr.once('close', () => this.options.onStderrEnd?.());
    void child.ended.then(async (ending) => {
      // What it has said before it ended counts.
      if (this.behind !== undefined) await this.lastLines(child);
      if (child.stderr.isPaused()) await lastOf(child.stderr);
      this.ended(ending);
    });
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const { child } = this;
    if (child === undefined || !child.stdin.writable) throw new ChildEndedError('The process has ended');
    const { maxUnreadBytes } = this.options;
    if (child.stdin.writableLength > maxUnreadBytes)
      throw this.giveUp(`It does not read: more than ${maxUnreadBytes} bytes wait`);
    if (!child.stdin.write(serializeMessage(message))) await this.drained(child);
  }

  async close(): Promise<void> {
    await this.child?.end();
  }

  /** Ends it at once. Answers why it has closed, or closes. */
  giveUp(reason: string): Error {
    this.closeReason ??= new ChildEndedError(reason);
    this.child?.killNow();
    return this.closeReason;
  }

  /** Until the program has read on, or has ended. All who send wait together. */
  private drained({ stdin }: ChildGroup): Promise<void> {
    if (this.draining === undefined) {
      this.draining = Promise.withResolvers();
      stdin.once('drain', () => this.goOn());
    }
    return this.draining.promise;
  }

  private goOn(): void {
    this.draining?.resolve();
    this.draining = undefined;
  }

  private take(line: string): void {
    // Of one that has been given up there may be many thousands more.
    if (this.closeReason !== undefined) return;
    if (this.behind !== undefined) {
      this.behind.push(line);
      return;
    }
    if (performance.now() >= this.sliceEndsAt) {
      this.reading = this.readBehind([line]);
      return;
    }
    const message = this.messageIn(line);
    if (message instanceof Promise) this.reading = this.readBehind([], message);
    else if (message !== undefined) this.onmessage?.(message);
  }

  /** Reads lines later, behind one that takes time if there is one, until there are no more of them. */
  private async readBehind(behind: string[], first?: Promise<JSONRPCMessage | undefined>): Promise<void> {
    this.behind = behind;
    const slices = new Slices();
    if (first === undefined) await slices.next();
    const message = await first;
    if (message !== undefined) this.onmessage?.(message);
    // More may come meanwhile.
    for (const line of behind) {
      if (this.hasStrayed) break;
      if (slices.isOver) await slices.next();
      const next = await this.messageIn(line);
      if (next !== undefined) this.onmessage?.(next);
    }
    this.behind = undefined;
  }

  /** Nothing for a line that is none. */
  private messageIn(line: string): JSONRPCMessage | undefined | Promise<JSONRPCMessage | undefined> {
    const refuse = (error: unknown): undefined => this.refuse(line, error as Error);
    const take = (message: JSONRPCMessage): JSONRPCMessage => {
      this.strayLines = 0;
      return message;
    };
    try {
      const message = this.options.read(line);
      return message instanceof Promise ? message.then(take, refuse) : take(message);
    } catch (error) {
      return refuse(error);
    }
  }

  private refuse(line: string, error: Error): undefined {
    this.strayLines += 1;
    if (this.strayLines === 1) this.options.onStderr(`[no MCP message on stdout] ${cut(line, MAX_SHOWN)}`);
    this.onerror?.(error);
    if (this.hasStrayed) this.giveUp(`${MAX_STRAY_LINES} lines in a row were no messages`);
  }

  private get hasStrayed(): boolean {
    return this.strayLines > MAX_STRAY_LINES;
  }

  private async lastLines({ stdout }: ChildGroup): Promise<void> {
    await this.reading;
    await lastOf(stdout);
    await this.reading;
  }

  private ended({ code, signal }: Ending): void {
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    this.closeReason ??= new ChildEndedError(`The process ended ${how}`);
    this.child?.stdout.destroy();
    this.child?.stderr.destroy();
    this.child = undefined;
    // There is no "drain" any more.
    this.goOn();
    this.onclose?.();
  }
}

/**
 * Has a stream read until a slice is over, or `take` says that there is more to do; then the others come first. What
 * one has sent would be read in one go otherwise, up to 2 MiB of it.
 *
 * @param take is told when the slice is over, and answers whether it is ready for more
 */
function readInSlices(
  stream: Readable,
  take: (chunk: Buffer, endsAt: number) => boolean,
  rest: () => Promise<void>,
): void {
  let busyMs = 0;
  stream.on('data', (chunk: Buffer) => {
    const began = performance.now();
    const isReady = take(chunk, began + SLICE_MS - busyMs);
    busyMs += performance.now() - began;
    if (isReady && busyMs < SLICE_MS) return;
    busyMs = 0;
    stream.pause();
    void rest().then(() => stream.resume());
  });
}

/** Until what a program has said before it ended has been read. */
async function lastOf(stream: Readable): Promise<void> {
  if (stream.closed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  stream.once('close', resolve);
  // Somebody who is not of its group may hold the stream open.
  await Promise.race([promise, sleep(MAX_LAST_MS, undefined, { ref: false })]);
}
