import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/**
 * The lines of a stream of UTF-8. A newline alone ends one (2026-07-28, basic/transports/stdio): the texts of JSON may
 * have other ends of lines in them, U+2028 for one, which node:readline would split at.
 */
export async function* linesOf(input: Readable): AsyncGenerator<string, void, undefined> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of input as AsyncIterable<Buffer>) {
    const [first, ...further] = decoder.write(chunk).split('\n');
    rest += first!;
    for (const next of further) {
      yield withoutReturn(rest);
      rest = next;
    }
  }
  rest += decoder.end();
  if (rest !== '') yield withoutReturn(rest);
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);
