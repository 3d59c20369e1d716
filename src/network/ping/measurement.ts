import { isValid, type PingIcmpError, type PingReply } from './ping.parser.js';

/** Listed of each; what is beyond is counted alone. */
const MAX_LISTED = 100;

/** What became of one request. */
export interface Request {
  /** From 1. */
  readonly seq: number;
  readonly replies: readonly PingReply[];
  readonly icmpErrors: readonly PingIcmpError[];
  /** Whether an answer may still come: the time was up before it had been waited for as long as for others. */
  readonly pending: boolean;
}

export interface Measurement {
  readonly transmitted: number;
  readonly received: number;
  readonly pending: number;
  readonly duplicates: number;
  readonly lossPercent: number;
  /** Milliseconds; `null` without a reply that tells its time. */
  readonly rttMs: {
    readonly min: number;
    readonly avg: number;
    readonly max: number;
    readonly mdev: number;
  } | null;
  readonly replies: PingReply[];
  readonly icmpErrors: PingIcmpError[];
}

/** Sums up. What is pending is neither answered nor lost. */
export function measure(requests: readonly Request[]): Measurement {
  const answered = requests.filter(({ replies }) => replies.some(isValid));
  const pending = requests.filter((request) => request.pending && !answered.includes(request)).length;
  const settled = requests.length - pending;
  const replies = requests.flatMap((request) => request.replies);
  const times = answered
    .map((request) => request.replies.find(isValid)?.ms ?? null)
    .filter((ms) => ms !== null);
  return {
    transmitted: requests.length,
    received: answered.length,
    pending,
    duplicates: replies.filter(({ duplicate }) => duplicate).length,
    lossPercent: settled === 0 ? 0 : round(((settled - answered.length) / settled) * 100),
    rttMs: times.length === 0 ? null : roundTrips(times),
    replies: replies.slice(0, MAX_LISTED),
    icmpErrors: requests.flatMap(({ icmpErrors }) => icmpErrors).slice(0, MAX_LISTED),
  };
}

/** As ping does: `mdev` is the standard deviation of all of them. */
function roundTrips(times: readonly number[]): NonNullable<Measurement['rttMs']> {
  const avg = times.reduce((sum, ms) => sum + ms, 0) / times.length;
  const variance = times.reduce((sum, ms) => sum + (ms - avg) ** 2, 0) / times.length;
  return {
    min: Math.min(...times),
    avg: round(avg),
    max: Math.max(...times),
    mdev: round(Math.sqrt(variance)),
  };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
