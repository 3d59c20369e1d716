import type { Readable, Writable } from 'node:stream';

/** Serves one client that writes a message per line and reads a message per line. */
export interface LineServer {
  /** Resolves when the input has ended and everything that was asked has been answered. */
  serve(input: Readable, output: Writable): Promise<void>;
}

export const LineServer = Symbol('LineServer');
