import { prettyFactory } from 'pino-pretty';

const pretty = prettyFactory({
  messageKey: 'message',
  timestampKey: 'timestamp',
  translateTime: 'SYS:HH:MM:ss',
  ignore: 'context',
  singleLine: true,
  colorize: false,
});

/** ANSI (ECMA-48, SGR) for a level that deserves a look. */
const COLOURS: Readonly<Record<string, number>> = { WARN: 33, ERROR: 31, FATAL: 31 };
const LEVEL = /^(\[[\d:]+\] )(WARN|ERROR|FATAL)(?=:)/;
/** Others' text shall not steer the terminal. */
const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** A line of the log, as a person reads it in a terminal. */
export function forTerminal(line: string): string {
  const text = pretty(line.trimEnd()) as string | undefined;
  if (text === undefined) return '';
  const safe = text.replaceAll(CONTROL, (character) =>
    character === '\n' ? character : `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
  return safe.replace(
    LEVEL,
    (_all, time: string, level: string) => `${time}\u001b[${COLOURS[level]}m${level}\u001b[39m`,
  );
}
