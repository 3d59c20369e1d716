import { pino, symbols, type DestinationStream, type Logger } from 'pino';
import type { LogLevel } from '../../config/environment.js';
import { isoNow } from '../../core/iso-now.js';
import { requestContexts } from '../request-context.js';
import { serializeError } from './error.serializer.js';
import { hideSecrets, scrub } from './scrub.js';

const LEVEL_NAMES: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(pino.levels.labels).map(([value, label]) => [Number(value), label.toUpperCase()]),
);

/**
 * The root logger: one JSON object per line, with `timestamp`, `level` and `message` first and the correlation id of
 * the request that the line belongs to.
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
      timestamp: () => `"timestamp":"${isoNow()}"`,
      formatters: { level: () => ({}) },
      // What others have thrown, or said.
      serializers: {
        err: serializeError,
        problem: text(scrub),
        reason: text(scrub),
        line: text(hideSecrets),
      },
      mixin: (_fields, levelValue) => ({
        level: LEVEL_NAMES[levelValue],
        message: undefined,
        correlationId: requestContexts.getStore()?.correlationId,
      }),
      mixinMergeStrategy: (fields, mixin) => Object.assign(mixin, fields),
      hooks: {
        logMethod(args, method) {
          method.apply(this, messageAsField(args) as Parameters<typeof method>);
        },
      },
    },
    destination,
  );
}

const text =
  (clean: (text: string) => string) =>
  (value: unknown): unknown =>
    typeof value === 'string' ? clean(value) : value;

/** Where a logger writes. */
export const destinationOf = (logger: Logger): DestinationStream =>
  (logger as unknown as Record<symbol, DestinationStream>)[symbols.streamSym]!;

/** Turns `(fields, message)` and `(message)` into `({message, ...fields})`; anything else is left to pino. */
function messageAsField(args: readonly unknown[]): readonly unknown[] {
  const [first, second] = args;
  if (args.length === 1 && typeof first === 'string') return [{ message: first }];
  if (args.length !== 2 || typeof second !== 'string' || second.includes('%')) return args;
  if (first instanceof Error) return [{ message: second, err: first }];
  if (typeof first !== 'object' || first === null) return args;
  return [{ message: second, ...first }];
}
