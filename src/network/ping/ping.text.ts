import { vantageLine } from '../host/vantage.js';
import { textBlock } from '../text-table.js';
import type { OtherResult, PingReport } from './ping.schema.js';

/** Lines of answers that people read; the data have more. */
const MAX_REPLIES = 40;

export function pingText(report: PingReport): string {
  const { rttMs, replies, fallbackFrom } = report;
  return textBlock(
    headline(report),
    rttMs &&
      `Round trip: min ${rttMs.min} ms, mean ${rttMs.avg} ms, max ${rttMs.max} ms, deviation ${rttMs.mdev} ms.`,
    ...replies
      .slice(0, MAX_REPLIES)
      .map(
        ({ seq, from, ttl, ms, duplicate, notes }) =>
          `  seq ${seq}  from ${from}  ttl ${ttl ?? '?'}  ${ms ?? '?'} ms` +
          [...(duplicate ? ['duplicate'] : []), ...notes].map((note) => `  ${note}`).join(''),
      ),
    replies.length > MAX_REPLIES ? `  ... ${replies.length - MAX_REPLIES} more` : null,
    ...report.icmpErrors.map(({ seq, from, message }) => `  seq ${seq ?? '?'}  ${from} reports: ${message}`),
    ...report.localErrors.map((line) => `  ${line}`),
    fallbackFrom && `Tried first: ${fallbackFrom.address} (${fallbackFrom.family}). ${fallbackFrom.reason}`,
    ...report.remarks,
    ...report.others.map(otherLine),
    vantageLine(report.vantage),
  );
}

type Headline = Pick<
  PingReport,
  | 'target'
  | 'reachable'
  | 'transmitted'
  | 'received'
  | 'duplicates'
  | 'lossPercent'
  | 'method'
  | 'port'
  | 'pending'
> & { readonly address: string | null };

function headline(result: Headline): string {
  const { target, address, transmitted, received, duplicates, lossPercent, pending } = result;
  const name = target === address ? target : `${target} (${address ?? 'no address'})`;
  const extra = duplicates > 0 ? `, ${duplicates} duplicates` : '';
  const open = pending > 0 ? `, ${pending} still open when the time was up` : '';
  const how = result.method === 'tcp' ? ` TCP handshakes on port ${result.port} (this is no ICMP)` : '';
  return (
    `${name} ${result.reachable ? 'answers' : 'does not answer'}${how}: ` +
    `${received} of ${transmitted} requests answered, ${lossPercent} % lost${extra}${open}.`
  );
}

function otherLine(result: OtherResult): string {
  const { rttMs, icmpErrors, error, target } = result;
  if (error !== null) return `${target}: ${error.code}: ${error.message}`;
  const times = rttMs === null ? '' : ` Round trip: mean ${rttMs.avg} ms, max ${rttMs.max} ms.`;
  const said = icmpErrors[0] === undefined ? '' : ` ${icmpErrors[0].from} reports: ${icmpErrors[0].message}.`;
  return `${headline(result)}${times}${said}`;
}
