import { cut } from '../../core/quote.js';
import { TYPES, typeText } from './dns-numbers.js';
import { locationText } from './location.text.js';
import { quoted, RdataReader } from './rdata.reader.js';

/** Characters of the data of one record: a key of 4096 bits, or a TXT record of several strings, has room. */
export const MAX_DATA = 1500;

/** Names of the parameters of SVCB (RFC 9460, 14.3.2; RFC 9461; RFC 9540). */
const SVC_KEYS: readonly string[] = [
  ...['mandatory', 'alpn', 'no-default-alpn', 'port', 'ipv4hint', 'ech', 'ipv6hint', 'dohpath', 'ohttp'],
];
type Writer = (data: RdataReader) => string;

/** How each type is written in a master file, by the RFC that defines it. */
const WRITERS: Readonly<Record<number, Writer>> = {
  [TYPES.A]: (data) => data.ipv4(),
  [TYPES.AAAA]: (data) => data.ipv6(),
  [TYPES.NS]: (data) => data.name(),
  [TYPES.CNAME]: (data) => data.name(),
  [TYPES.DNAME]: (data) => data.name(),
  [TYPES.PTR]: (data) => data.name(),
  [TYPES.MX]: (data) => `${data.u16()} ${data.name()}`,
  [TYPES.AFSDB]: (data) => `${data.u16()} ${data.name()}`,
  [TYPES.KX]: (data) => `${data.u16()} ${data.name()}`,
  [TYPES.RP]: (data) => `${data.name()} ${data.name()}`,
  [TYPES.SOA]: (data) =>
    [data.name(), data.name(), data.u32(), data.u32(), data.u32(), data.u32(), data.u32()].join(' '),
  [TYPES.TXT]: strings,
  [TYPES.SPF]: strings,
  [TYPES.HINFO]: strings,
  [TYPES.SRV]: (data) => `${data.u16()} ${data.u16()} ${data.u16()} ${data.name()}`,
  [TYPES.NAPTR]: (data) =>
    [data.u16(), data.u16(), data.string(), data.string(), data.string(), data.name()].join(' '),
  [TYPES.CAA]: (data) => {
    const flags = data.u8();
    const tag = data.rawString().toString('latin1');
    if (!/^[A-Za-z0-9]+$/.test(tag)) throw new RangeError('no tag');
    return `${flags} ${tag} ${quoted(data.rest())}`;
  },
  [TYPES.URI]: (data) => `${data.u16()} ${data.u16()} ${quoted(data.rest())}`,
  [TYPES.DS]: (data) => `${data.u16()} ${data.u8()} ${data.u8()} ${data.hex()}`,
  [TYPES.CDS]: (data) => `${data.u16()} ${data.u8()} ${data.u8()} ${data.hex()}`,
  [TYPES.DNSKEY]: (data) => `${data.u16()} ${data.u8()} ${data.u8()} ${data.base64()}`,
  [TYPES.CDNSKEY]: (data) => `${data.u16()} ${data.u8()} ${data.u8()} ${data.base64()}`,
  [TYPES.RRSIG]: (data) =>
    [
      ...[typeText(data.u16()), data.u8(), data.u8(), data.u32(), data.date(), data.date()],
      ...[data.u16(), data.name(), data.base64()],
    ].join(' '),
  [TYPES.NSEC]: (data) => `${data.name()} ${data.types()}`.trimEnd(),
  [TYPES.NSEC3]: (data) =>
    [data.u8(), data.u8(), data.u16(), data.salt(), data.hash(), data.types()].join(' ').trimEnd(),
  [TYPES.NSEC3PARAM]: (data) => [data.u8(), data.u8(), data.u16(), data.salt()].join(' '),
  [TYPES.TLSA]: (data) => `${data.u8()} ${data.u8()} ${data.u8()} ${data.hex()}`,
  [TYPES.SMIMEA]: (data) => `${data.u8()} ${data.u8()} ${data.u8()} ${data.hex()}`,
  [TYPES.ZONEMD]: (data) => `${data.u32()} ${data.u8()} ${data.u8()} ${data.hex()}`,
  [TYPES.CSYNC]: (data) => `${data.u32()} ${data.u16()} ${data.types()}`.trimEnd(),
  [TYPES.CERT]: (data) => `${data.u16()} ${data.u16()} ${data.u8()} ${data.base64()}`,
  [TYPES.OPENPGPKEY]: (data) => data.base64(),
  [TYPES.LOC]: (data) => locationText(data.rest()),
  [TYPES.SSHFP]: (data) => `${data.u8()} ${data.u8()} ${data.hex()}`,
  [TYPES.SVCB]: service,
  [TYPES.HTTPS]: service,
};

/**
 * The data of a record as a master file has them. What is of an unknown type, or does not fit its type, stands as
 * `\# length hexadecimal` (RFC 3597, 5).
 */
export function rdataText(message: Buffer, type: number, start: number, end: number): string {
  const data = new RdataReader(message, start, end);
  try {
    const text = WRITERS[type]?.(data);
    if (text !== undefined && data.isAtEnd) return cut(text, MAX_DATA);
  } catch {
    // Not what it says it is.
  }
  const shown = message
    .subarray(start, Math.min(end, start + MAX_DATA / 2))
    .toString('hex')
    .toUpperCase();
  return cut(`\\# ${end - start}${shown === '' ? '' : ` ${shown}`}`, MAX_DATA);
}

function strings(data: RdataReader): string {
  return [data.string(), ...data.list(() => data.string())].join(' ');
}

/** RFC 9460, 2.1. */
function service(data: RdataReader): string {
  const parts = [String(data.u16()), data.name()];
  while (!data.isAtEnd) {
    const key = data.u16();
    parts.push(parameterText(key, data.part(data.u16())));
  }
  return parts.join(' ');
}

function parameterText(key: number, value: RdataReader): string {
  const name = keyText(key);
  switch (name) {
    case 'mandatory':
      return `${name}=${value.list(() => keyText(value.u16())).join(',')}`;
    case 'alpn':
      return `${name}="${value.list(() => value.string().slice(1, -1)).join(',')}"`;
    case 'no-default-alpn':
      return name;
    case 'port':
      return `${name}=${value.u16()}`;
    case 'ipv4hint':
      return `${name}=${value.list(() => value.ipv4()).join(',')}`;
    case 'ipv6hint':
      return `${name}=${value.list(() => value.ipv6()).join(',')}`;
    case 'ech':
      return `${name}=${value.base64()}`;
    default:
      return value.isAtEnd ? name : `${name}=${quoted(value.rest())}`;
  }
}

const keyText = (key: number): string => SVC_KEYS[key] ?? `key${key}`;
