import { domainToASCII } from 'node:url';
import { quote } from '../../core/quote.js';
import { ToolError } from '../../tools/tool-error.js';

/** RFC 1035, 2.3.4: bytes of a label, and of a name with the lengths of its labels. */
const MAX_LABEL = 63;
const MAX_NAME = 255;
/** What has a meaning of its own in a master file (RFC 1035, 5.1). */
const SPECIAL: ReadonlySet<number> = new Set([...'.\\"();@$'].map((character) => character.charCodeAt(0)));

/** A domain name as its labels, which are bytes of any value; the root has none. */
export type Labels = readonly Buffer[];

/** A name of a message that is none. */
export class BadName extends Error {
  override readonly name = 'BadName';
}

/**
 * A name as people write it: with escapes as in a master file (`\.`, `\032`), other alphabets in the form of IDNA, with
 * or without the final dot.
 *
 * @throws ToolError `invalid_arguments`.
 */
export function parseDomainName(text: string): Labels {
  if (text === '.') return [];
  const ascii = isAscii(text) ? text : domainToASCII(text);
  const labels = ascii === '' ? undefined : labelsIn(ascii);
  if (labels !== undefined) return labels;
  throw new ToolError(
    'invalid_arguments',
    `${quote(text)} is no domain name: labels have 1 to ${MAX_LABEL} bytes, a name ${MAX_NAME} at most (RFC 1035, 2.3.4).`,
    'Write it as in example.com; a dot within a label as "\\." and any byte as "\\" and three decimal digits.',
  );
}

/** As a master file has it, with the final dot: bytes that are no printable ASCII as `\DDD`. */
export function domainNameText(labels: Labels): string {
  return labels.length === 0 ? '.' : labels.map((label) => `${labelText(label)}.`).join('');
}

/** RFC 1035, 3.1. */
export function encodeName(labels: Labels): Buffer {
  return Buffer.concat([...labels.flatMap((label) => [Buffer.of(label.length), label]), Buffer.of(0)]);
}

/** RFC 4343: case does not count. */
export function isSameName(one: Labels, other: Labels): boolean {
  const lower = (labels: Labels): string => domainNameText(labels).toLowerCase();
  return one.length === other.length && lower(one) === lower(other);
}

/**
 * Reads a name of a message, through its compression pointers (RFC 1035, 4.1.4). A pointer leads backwards only, so
 * that no chain of them comes to no end.
 *
 * @throws BadName
 */
export function readName(message: Buffer, start: number): { labels: Labels; end: number } {
  const labels: Buffer[] = [];
  let end: number | undefined;
  let at = start;
  let barrier = start;
  let size = 1;
  for (;;) {
    const length = byteAt(message, at);
    if (length === 0) return { labels, end: end ?? at + 1 };
    if (length >= 0xc0) {
      const target = ((length & 0x3f) << 8) | byteAt(message, at + 1);
      if (target >= barrier) throw new BadName('a compression pointer that leads nowhere');
      end ??= at + 2;
      at = barrier = target;
      continue;
    }
    if (length > MAX_LABEL) throw new BadName('a label of an unknown kind');
    size += length + 1;
    if (size > MAX_NAME) throw new BadName('a name of more than 255 bytes');
    const label = message.subarray(at + 1, at + 1 + length);
    if (label.length < length) throw new BadName('a name that goes on behind the end');
    labels.push(label);
    at += length + 1;
  }
}

function byteAt(message: Buffer, at: number): number {
  const byte = message[at];
  if (byte === undefined) throw new BadName('a name that goes on behind the end');
  return byte;
}

function labelsIn(text: string): Labels | undefined {
  const labels: Buffer[] = [];
  let bytes: number[] = [];
  let size = 1;
  const take = (): boolean => {
    size += bytes.length + 1;
    if (bytes.length === 0 || bytes.length > MAX_LABEL || size > MAX_NAME) return false;
    labels.push(Buffer.from(bytes));
    bytes = [];
    return true;
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!;
    if (character === '.') {
      if (!take()) return undefined;
    } else if (character === '\\') {
      const digits = text.slice(at + 1, at + 4);
      const isNumber = /^\d{3}$/.test(digits);
      const byte = isNumber ? Number(digits) : text.charCodeAt(at + 1);
      if (Number.isNaN(byte) || byte > 0xff) return undefined;
      bytes.push(byte);
      at += isNumber ? 3 : 1;
    } else {
      if (!isPrintable(character.charCodeAt(0))) return undefined;
      bytes.push(character.charCodeAt(0));
    }
  }
  return bytes.length === 0 || take() ? labels : undefined;
}

function labelText(label: Buffer): string {
  let text = '';
  for (const byte of label) {
    if (SPECIAL.has(byte)) text += `\\${String.fromCharCode(byte)}`;
    else if (byte !== 0x20 && isPrintable(byte)) text += String.fromCharCode(byte);
    else text += `\\${String(byte).padStart(3, '0')}`;
  }
  return text;
}

const isPrintable = (code: number): boolean => code >= 0x20 && code <= 0x7e;
const isAscii = (text: string): boolean => Buffer.byteLength(text) === text.length;
