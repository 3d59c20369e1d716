/** The answer to one echo request. */
export interface PingReply {
  /** Number of the request, from 1. */
  readonly seq: number;
  readonly from: string;
  readonly ttl: number | null;
  /** Round trip in milliseconds. */
  readonly ms: number | null;
  readonly duplicate: boolean;
  /** What ping remarks on it, such as `DIFFERENT ADDRESS!`, `truncated` or `wrong data byte #20 ...`. */
  readonly notes: string[];
}

/** An ICMP error that came back instead of an answer. */
export interface PingIcmpError {
  readonly seq: number | null;
  readonly from: string;
  readonly message: string;
}

/** A line of ping, as far as it says something of a request. */
export type PingLine =
  | { readonly kind: 'reply'; readonly reply: PingReply }
  | { readonly kind: 'error'; readonly error: PingIcmpError }
  /** A remark on the reply before (`false`), or on the one that follows. */
  | { readonly kind: 'note'; readonly note: string; readonly ahead: boolean };

export interface ParsedPing {
  readonly replies: PingReply[];
  readonly icmpErrors: PingIcmpError[];
  /** Whether ping got as far as sending. */
  readonly started: boolean;
  /** `null` when there is none: ping was killed, or did not get as far. */
  readonly summary: { readonly transmitted: number; readonly received: number } | null;
}

/** iputils and inetutils write `icmp_seq=`, inetutils and BusyBox count from 0. */
const REPLY = /^\d+ bytes from (\S+) (?:\(\S+\): )?(?:icmp_)?seq=(\d+)(?: |$)/;
const TTL = / ttl=(\d+)/;
/** With its unit: a line that is cut off has another number. */
const TIME = /time[=<](\d+(?:\.\d+)?) ms/;
const MARK = /\(([A-Za-z !]+)\)/g;
const IPUTILS_ERROR = /^From (\S+) icmp_seq=(\d+) (.+)$/;
const INETUTILS_ERROR = /^\d+ bytes from (\S+) ([A-Z].*)$/;
const WRONG_DATA = /^wrong (?:data byte|total length)/;
const BAD_CHECKSUM = /^checksum mismatch from /;
const HEADER = /^PING /;
const SUMMARY = /^(\d+) packets transmitted, (\d+) (?:packets )?received/;
/** Marks that mean: this is no answer to the request. */
const INVALID: ReadonlySet<string> = new Set(['BAD CHECKSUM!']);

/** The first line, before anything is sent. */
export const isHeader = (line: string): boolean => HEADER.test(line);

export const isValid = ({ notes }: PingReply): boolean => !notes.some((note) => INVALID.has(note));

/** Lines of `ping -n` of iputils, inetutils and BusyBox, in the C locale. `null` for what says nothing of a request. */
export function parsePingLine(line: string): PingLine | null {
  const reply = parseReply(line);
  if (reply) return { kind: 'reply', reply };
  const iputils = IPUTILS_ERROR.exec(line);
  if (iputils) {
    const [, from = '', seq, message = ''] = iputils;
    return { kind: 'error', error: { seq: Number(seq), from: bare(from), message } };
  }
  const inetutils = INETUTILS_ERROR.exec(line);
  if (inetutils) {
    const [, from = '', message = ''] = inetutils;
    return { kind: 'error', error: { seq: null, from: bare(from), message } };
  }
  if (WRONG_DATA.test(line)) return { kind: 'note', note: line.trim(), ahead: false };
  if (BAD_CHECKSUM.test(line)) return { kind: 'note', note: 'BAD CHECKSUM!', ahead: true };
  return null;
}

/** What a whole run of ping has written. */
export function parsePing(stdout: string): ParsedPing {
  const replies: PingReply[] = [];
  const icmpErrors: PingIcmpError[] = [];
  const seen = new Set<number>();
  let summary: ParsedPing['summary'] = null;
  let started = false;
  let ahead: string[] = [];
  for (const line of stdout.split('\n')) {
    const parsed = parsePingLine(line);
    if (parsed?.kind === 'reply') {
      const { reply } = parsed;
      // Of a multicast ping the further answers carry no mark.
      const duplicate = reply.duplicate || seen.has(reply.seq);
      replies.push({ ...reply, duplicate, notes: [...ahead, ...reply.notes] });
      seen.add(reply.seq);
      ahead = [];
    } else if (parsed?.kind === 'error') icmpErrors.push(parsed.error);
    else if (parsed?.kind === 'note') {
      if (parsed.ahead) ahead.push(parsed.note);
      else replies.at(-1)?.notes.push(parsed.note);
    } else if (isHeader(line)) started = true;
    else summary = parseSummary(line) ?? summary;
  }
  return { replies, icmpErrors, started: started || summary !== null, summary };
}

function parseReply(line: string): PingReply | null {
  const match = REPLY.exec(line);
  if (!match) return null;
  const [, from = '', seq] = match;
  const ttl = TTL.exec(line)?.[1];
  const ms = TIME.exec(line)?.[1];
  const marks = [...line.matchAll(MARK)].map(([, mark = '']) => mark);
  return {
    seq: Number(seq),
    from: bare(from),
    ttl: ttl === undefined ? null : Number(ttl),
    ms: ms === undefined ? null : Number(ms),
    duplicate: marks.includes('DUP!'),
    notes: marks.filter((mark) => mark !== 'DUP!'),
  };
}

function parseSummary(line: string): ParsedPing['summary'] {
  const match = SUMMARY.exec(line);
  return match && { transmitted: Number(match[1]), received: Number(match[2]) };
}

/** Where a colon stands behind an address. */
const bare = (address: string): string => address.replace(/:$/, '');
