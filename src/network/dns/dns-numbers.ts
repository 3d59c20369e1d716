import { quote } from '../../core/quote.js';
import { ToolError } from '../../tools/tool-error.js';

/** The types of IANA's registry that people ask for; all others are written TYPE65534 (RFC 3597, 5). */
export const TYPES = {
  ...{ A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, HINFO: 13, MX: 15, TXT: 16, RP: 17, AFSDB: 18 },
  ...{ AAAA: 28, LOC: 29, SRV: 33, NAPTR: 35, KX: 36, CERT: 37, DNAME: 39, OPT: 41, DS: 43, SSHFP: 44 },
  ...{ RRSIG: 46, NSEC: 47, DNSKEY: 48, NSEC3: 50, NSEC3PARAM: 51, TLSA: 52, SMIMEA: 53, CDS: 59 },
  ...{ CDNSKEY: 60, OPENPGPKEY: 61, CSYNC: 62, ZONEMD: 63, SVCB: 64, HTTPS: 65, SPF: 99 },
  ...{ ANY: 255, URI: 256, CAA: 257 },
} as const;

const TYPE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(TYPES).map(([name, number]) => [number, name]),
);
const RCODES: readonly string[] = [
  ...['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'],
  ...['YXDOMAIN', 'YXRRSET', 'NXRRSET', 'NOTAUTH', 'NOTZONE'],
];
const BADVERS = 16;
const BADCOOKIE = 23;

/** RFC 8914, 4, and IANA's registry of extended errors. */
const EXTENDED_ERRORS: readonly string[] = [
  ...['Other', 'Unsupported DNSKEY Algorithm', 'Unsupported DS Digest Type', 'Stale Answer', 'Forged Answer'],
  ...[
    'DNSSEC Indeterminate',
    'DNSSEC Bogus',
    'Signature Expired',
    'Signature Not Yet Valid',
    'DNSKEY Missing',
  ],
  ...['RRSIGs Missing', 'No Zone Key Bit Set', 'NSEC Missing', 'Cached Error', 'Not Ready', 'Blocked'],
  ...['Censored', 'Filtered', 'Prohibited', 'Stale NXDOMAIN Answer', 'Not Authoritative', 'Not Supported'],
  ...[
    'No Reachable Authority',
    'Network Error',
    'Invalid Data',
    'Signature Expired before Valid',
    'Too Early',
  ],
  ...['Unsupported NSEC3 Iterations Value', 'Unable to conform to policy', 'Synthesized'],
];

export const typeText = (type: number): string => TYPE_NAMES.get(type) ?? `TYPE${type}`;

export function rcodeText(rcode: number): string {
  if (rcode === BADVERS) return 'BADVERS';
  return rcode === BADCOOKIE ? 'BADCOOKIE' : (RCODES[rcode] ?? `RCODE${rcode}`);
}

export const extendedErrorText = (code: number): string => EXTENDED_ERRORS[code] ?? `Unassigned ${code}`;

/** TKEY, TSIG and the transfers of zones are no questions of this kind, and OPT is none at all. */
const NO_QUESTIONS: ReadonlySet<number> = new Set([0, TYPES.OPT, 249, 250, 251, 252]);

/** @throws ToolError `invalid_arguments` for what is no type that can be asked for. */
export function parseType(text: string): number {
  const name = text.toUpperCase();
  const byNumber = /^TYPE(\d{1,5})$/.exec(name);
  const type = byNumber === null ? (TYPES as Record<string, number>)[name] : Number(byNumber[1]);
  if (type !== undefined && Object.hasOwn(TYPES, typeText(type)) && !NO_QUESTIONS.has(type)) return type;
  if (type !== undefined && byNumber !== null && type <= 0xffff && !NO_QUESTIONS.has(type)) return type;
  throw new ToolError(
    'invalid_arguments',
    `${quote(text)} is no type of record that can be asked for.`,
    `Use one of ${Object.keys(TYPES)
      .filter((known) => known !== 'OPT')
      .join(', ')}, or a number, as in TYPE65.`,
  );
}
