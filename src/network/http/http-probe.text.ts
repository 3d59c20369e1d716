import { vantageLine } from '../host/vantage.js';
import { printable, textBlock } from '../text-table.js';
import type { Hop, HttpProbeReport } from './http-probe.schema.js';

export function httpProbeText(report: HttpProbeReport): string {
  const { method, headers, headersTotal, location, bytes, body, tls, redirects } = report;
  return textBlock(
    ...redirects.map((hop) => hopLine(hop, '')),
    hopLine(report, `${method} `),
    timingLine(report),
    tls &&
      `TLS: ${tls.protocol}, ${tls.trusted ? 'trusted' : 'NOT trusted'}` +
        `${tls.daysLeft === null ? '' : `, ${tls.daysLeft} days left`}.`,
    ...(tls?.problems ?? []).map(({ code, message }) => `  ${code}: ${printable(message)}`),
    location && `Leads to ${printable(location)}`,
    ...headers.map(({ name, value }) => `  ${printable(name)}: ${printable(value)}`),
    headersTotal > headers.length ? `  ... ${headersTotal - headers.length} more` : null,
    bytes === null
      ? null
      : `Body: ${bytes} bytes${report.bodyCut ? ', of which the beginning is shown' : ''}.`,
    ...(body ?? '').split('\n').map((line) => (line === '' ? '' : `| ${printable(line)}`)),
    vantageLine(report.vantage),
  );
}

function hopLine({ url, address, status, reason, failure }: Hop, method: string): string {
  const what = status === null ? 'no answer' : `${status} ${printable(reason ?? '')}`.trimEnd();
  const why = failure === null ? '' : `; ${failure.phase}: ${printable(failure.message)} (${failure.code})`;
  return `${method}${printable(url)} (${address ?? 'no address'}): ${what}${why}`;
}

function timingLine({ timing }: Hop): string {
  const names = { dns: 'DNS', connect: 'connect', tls: 'TLS', firstByte: 'first byte', body: 'body' };
  const parts = Object.entries(names).flatMap(([phase, name]) => {
    const ms = timing[phase as keyof typeof timing];
    return ms === null ? [] : [`${name} ${ms} ms`];
  });
  return parts.length === 0 ? '' : `Time: ${parts.join(', ')}.`;
}
