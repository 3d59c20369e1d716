import { stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { inSlices } from '../slices.js';
import type { Steps } from '../steps.js';
import { beginningOfFile } from './beginning-of-file.js';

/** What is read of hosts(5): lists of names to be blocked have some megabytes. */
export const MAX_HOSTS_BYTES = 8 * 1024 * 1024;
/** More are of no use to anybody. */
const MAX_FOUND = 16;
/** Longest address, with its zone. */
const MAX_ADDRESS = 64;
/** Bytes, and places that only look like the name, that are looked at in one step: a part of a millisecond. */
const STEP_BYTES = 256 * 1024;
const STEP_HITS = 256;

const [NEWLINE, COMMENT, DOT, PERCENT, BLANK] = [0x0a, 0x23, 0x2e, 0x25, 0x20];
const isBlank = (byte: number | undefined): boolean => byte === BLANK || (byte! >= 0x09 && byte! <= 0x0d);

/** The addresses that a file of the form of hosts(5) has for names. It is read once for each of its changes. */
export class HostsFile {
  private kept: { readonly identity: string; readonly bytes: Promise<Buffer> } | undefined;

  constructor(private readonly path: string) {}

  /** In the order of the file; none where there is no file. @throws the reason of the signal. */
  async addressesOf(name: string, signal: AbortSignal): Promise<string[]> {
    return await inSlices(addressesInHosts(await this.bytes(), name), signal);
  }

  private async bytes(): Promise<Buffer> {
    const found = await stat(this.path).catch(() => undefined);
    const identity = found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeMs}`;
    if (this.kept?.identity !== identity) {
      const size = Math.min(found?.size ?? 0, MAX_HOSTS_BYTES);
      const bytes = beginningOfFile(this.path, size).then((read) => inSlices(inOneForm(read)));
      this.kept = { identity, bytes };
    }
    return this.kept.bytes;
  }
}

/**
 * In place: names in small letters, a blank for whatever parts them. The name of an interface behind an address stays.
 */
export function* inOneForm(bytes: Buffer): Steps<Buffer> {
  let isZone = false;
  for (let at = 0; at < bytes.length; at += 1) {
    if (at % STEP_BYTES === STEP_BYTES - 1) yield;
    const byte = bytes[at]!;
    if (byte === PERCENT) isZone = true;
    else if (byte === NEWLINE) isZone = false;
    else if (isBlank(byte)) {
      isZone = false;
      bytes[at] = BLANK;
    } else if (byte >= 0x41 && byte <= 0x5a && !isZone) bytes[at] = byte | 0x20;
  }
  return bytes;
}

/** @param bytes as `inOneForm` makes them */
export function* addressesInHosts(bytes: Buffer, name: string): Steps<string[]> {
  const plain = name.toLowerCase().replace(/\.$/, '');
  if (plain === '') return [];
  const wanted = Buffer.from(` ${plain}`);
  const found: string[] = [];
  let line: Line = { address: '', namesFrom: 0, namesTo: 0, end: 0 };
  let hits = 0;
  for (let at = 0; at < bytes.length && found.length < MAX_FOUND;) {
    const window = bytes.subarray(0, at + STEP_BYTES + wanted.length);
    const hit = window.indexOf(wanted, at);
    if (hit === -1) {
      if (window.length === bytes.length) break;
      at += STEP_BYTES;
      yield;
      continue;
    }
    at = hit + 1;
    hits += 1;
    if (hits % STEP_HITS === 0) yield;
    if (hit >= line.end) line = lineAround(bytes, hit);
    if (hit >= line.namesTo) at = Math.max(at, line.end);
    else if (hit >= line.namesFrom && isEnd(bytes, hit + wanted.length)) {
      if (isIP(line.address) !== 0) found.push(line.address);
      at = line.end;
    }
  }
  return found;
}

interface Line {
  readonly address: string;
  /** Where its names begin and end: a comment follows, or nothing. */
  readonly namesFrom: number;
  readonly namesTo: number;
  /** Behind its last byte. */
  readonly end: number;
}

function lineAround(bytes: Buffer, at: number): Line {
  let from = bytes.lastIndexOf(NEWLINE, at) + 1;
  const newline = bytes.indexOf(NEWLINE, at);
  const end = newline === -1 ? bytes.length : newline;
  const comment = bytes.subarray(from, end).indexOf(COMMENT);
  const namesTo = comment === -1 ? end : from + comment;
  while (from < namesTo && isBlank(bytes[from])) from += 1;
  let to = from;
  while (to < namesTo && to - from <= MAX_ADDRESS && !isBlank(bytes[to])) to += 1;
  return { address: bytes.toString('latin1', from, to), namesFrom: to, namesTo, end };
}

/** Whether a name ends there, with or without the dot of the root. */
function isEnd(bytes: Buffer, at: number): boolean {
  const byte = bytes[at] === DOT ? bytes[at + 1] : bytes[at];
  return byte === undefined || byte === COMMENT || isBlank(byte);
}
