import type { DestinationStream } from 'pino';

/** Where the root logger writes, for whoever makes whole lines: one JSON object and a line feed each. */
export type LogStream = DestinationStream;

export const LogStream = Symbol('LogStream');
