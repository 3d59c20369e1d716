import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';
import type { LogLevel } from '../config/environment.js';
import { requestContexts } from './request-context.js';

const LEVEL_NAMES: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(pino.levels.labels).map(([value, label]) => [Number(value), label.toUpperCase()]),
);

/**
 * The root logger: one JSON object per line, with `timestamp`, `level` and `message` first and the correlation id of the
 * request that the line belongs to.
 *
 * Pino writes level, time, fields and message in that order. To open a line with the timestamp, the level is left out
 * of pino's own prefix and comes in as the first field; to have `message` next, it comes in as a field too.
 */
export function createLogger(level: LogLevel, destination: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: () => `"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: () => ({}) },
      serializers: { err: stdSerializers.err },
      mixin: (_fields, levelValue) => ({
        level: LEVEL_NAMES[levelValue],
        message: undefined,
        correlationId: requestContexts.getStore()?.correlationId,
      }),
      hooks: {
        logMethod(args, method) {
          method.apply(this, messageAsField(args) as Parameters<typeof method>);
        },
      },
    },
    destination,
  );
}

/** Turns `(fields, message)` and `(message)` into `({message, ...fields})`; anything else is left to pino. */
function messageAsField(args: readonly unknown[]): readonly unknown[] {
  const [first, second] = args;
  if (args.length === 1 && typeof first === 'string') return [{ message: first }];
  if (args.length !== 2 || typeof second !== 'string' || second.includes('%')) return args;
  if (first instanceof Error) return [{ message: second, err: first }];
  if (typeof first !== 'object' || first === null) return args;
  return [{ message: second, ...first }];
}

/**
 * Standard output, written in batches at least every 100 ms, and flushed when the process ends. `sync` writes each line at once, for programs
 * that are read line by line.
 */
export function createLogDestination(options: {
  sync: boolean;
  fd?: 1 | 2;
}): ReturnType<typeof pino.destination> {
  const batching = options.sync ? { minLength: 0 } : { minLength: 4096, periodicFlush: 100 };
  return pino.destination({ dest: options.fd ?? 1, sync: options.sync, ...batching });
}
