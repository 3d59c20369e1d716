/** The answer to one echo request. */
export interface PingReply {
  /** Number of the request, from 1. */
  readonly seq: number;
  readonly from: string;
  readonly ttl: number | null;
  /** Round trip in milliseconds. */
  readonly ms: number | null;
  readonly duplicate: boolean;
}

/** An ICMP error that came back instead of an answer. */
export interface PingIcmpError {
  readonly seq: number | null;
  readonly from: string;
  readonly message: string;
}

export interface PingSummary {
  readonly transmitted: number;
  readonly received: number;
  readonly duplicates: number;
  readonly lossPercent: number;
  /** Milliseconds; `null` without a reply. */
  readonly rttMs: {
    readonly min: number;
    readonly avg: number;
    readonly max: number;
    readonly mdev: number;
  } | null;
}

export interface ParsedPing extends PingSummary {
  readonly replies: PingReply[];
  readonly icmpErrors: PingIcmpError[];
}

const REPLY = /^\d+ bytes from (\S+) icmp_seq=(\d+)(?: ttl=(\d+))?(?: time[=<]([\d.]+) ms)?/;
const ICMP_ERROR = /^From (\S+?):? icmp_seq=(\d+) (.+)$/;
const SUMMARY = /^(\d+) packets transmitted, (\d+) received/;
const DUPLICATES = /, \+(\d+) duplicates/;
const LOSS = /, ([\d.]+)% packet loss/;
const RTT = /^rtt min\/avg\/max\/mdev = ([\d.]+)\/([\d.]+)\/([\d.]+)\/([\d.]+) ms/;

/**
 * The output of `ping -n` of iputils in the C locale. `null` when it has no summary: ping did not get as far as
 * sending.
 */
export function parsePing(stdout: string): ParsedPing | null {
  const replies: PingReply[] = [];
  const icmpErrors: PingIcmpError[] = [];
  let summary: PingSummary | null = null;
  for (const line of stdout.split('\n')) {
    const reply = parseReply(line, replies);
    if (reply) replies.push(reply);
    const error = parseIcmpError(line);
    if (error) icmpErrors.push(error);
    summary = parseSummary(line) ?? (summary && addRtt(summary, line));
  }
  return summary && { ...summary, replies, icmpErrors };
}

function parseReply(line: string, earlier: readonly PingReply[]): PingReply | null {
  const match = REPLY.exec(line);
  if (!match) return null;
  const [, from = '', seqText, ttl, ms] = match;
  const seq = Number(seqText);
  return {
    seq,
    from: from.replace(/:$/, ''),
    ttl: ttl === undefined ? null : Number(ttl),
    ms: ms === undefined ? null : Number(ms),
    // Of a multicast ping the further answers carry no mark.
    duplicate: line.includes('(DUP!)') || earlier.some((reply) => reply.seq === seq),
  };
}

function parseIcmpError(line: string): PingIcmpError | null {
  const match = ICMP_ERROR.exec(line);
  if (!match) return null;
  const [, from = '', seq, message = ''] = match;
  return { seq: Number(seq), from, message };
}

function parseSummary(line: string): PingSummary | null {
  const match = SUMMARY.exec(line);
  if (!match) return null;
  const [, transmitted, received] = match;
  return {
    transmitted: Number(transmitted),
    received: Number(received),
    duplicates: Number(DUPLICATES.exec(line)?.[1] ?? 0),
    lossPercent: Number(LOSS.exec(line)?.[1] ?? 100),
    rttMs: null,
  };
}

function addRtt(summary: PingSummary, line: string): PingSummary {
  const match = RTT.exec(line);
  if (!match) return summary;
  const [, min, avg, max, mdev] = match;
  return { ...summary, rttMs: { min: Number(min), avg: Number(avg), max: Number(max), mdev: Number(mdev) } };
}
