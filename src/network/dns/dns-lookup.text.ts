import { vantageLine } from '../host/vantage.js';
import { printable, textBlock } from '../text-table.js';
import type { DnsLookupReport, Outcome } from './dns-lookup.schema.js';
import { SECTIONS } from './dns-message.js';

const WORDS: Readonly<Record<Outcome, string>> = {
  answered: 'answered',
  nodata: 'the name exists, without such a record',
  nxdomain: 'there is no such name',
  referral: 'the server refers to others',
  servfail: 'the server failed',
  refused: 'the server refuses to answer',
  other_rcode: 'the server answers with an error',
  timeout: 'no reply',
  unreachable: 'the server cannot be reached',
};

export function dnsLookupText(report: DnsLookupReport): string {
  const { name, type, outcome, rcode, flags, server, ms, bytes, attempts } = report;
  const set = Object.entries(flags ?? {}).flatMap(([flag, isSet]) => (isSet ? [flag] : []));
  const from = `${server.address} port ${server.port} (${server.transport}, ${server.source})`;
  const when = ms === null ? '' : `, ${ms} ms, ${bytes} bytes`;
  return textBlock(
    `${name} ${type}: ${WORDS[outcome]}${rcode === null ? '' : ` (${rcode})`}. ` +
      `Server ${from}${when}${flags === null ? '' : `, flags ${set.join(' ') || 'none'}`}.`,
    ...SECTIONS.flatMap((section) => sectionLines(section, report)),
    ...(report.edns?.extendedErrors ?? []).map(
      ({ code, purpose, text }) =>
        `Extended error ${code} (${purpose})${text === '' ? '' : `: ${printable(text)}`}`,
    ),
    ...(attempts.length > 1
      ? attempts.map(
          (attempt) =>
            `Asked ${attempt.server} (${attempt.transport}) for ${attempt.name}: ${attempt.outcome}` +
            `${attempt.code === null ? '' : ` (${attempt.code})`}, ${attempt.ms} ms`,
        )
      : []),
    ...report.remarks,
    vantageLine(report.vantage),
  );
}

function sectionLines(section: (typeof SECTIONS)[number], report: DnsLookupReport): string[] {
  const records = report[section];
  const more = report.totals[section] - records.length;
  if (records.length === 0) return [];
  return [
    `${section}:`,
    ...records.map(({ name, ttl, type, data }) => `  ${name} ${ttl} ${type} ${data}`),
    ...(more > 0 ? [`  ... ${more} more`] : []),
  ];
}
