import ipaddr from 'ipaddr.js';
import { cut } from '../../core/quote.js';
import { domainNameText, readName } from './domain-name.js';
import { TYPES, typeText } from './dns-numbers.js';

/** Characters of the data of one record: a key of 4096 bits, or a TXT record of several strings, has room. */
export const MAX_DATA = 1500;

/** Names of the parameters of SVCB (RFC 9460, 14.3.2; RFC 9461; RFC 9540). */
const SVC_KEYS: readonly string[] = [
  ...['mandatory', 'alpn', 'no-default-alpn', 'port', 'ipv4hint', 'ech', 'ipv6hint', 'dohpath', 'ohttp'],
];
/** A name has a handful; a bitmap could say 65,536 of each. */
const MAX_BITMAP_TYPES = 300;
const BASE32_HEX = '0123456789ABCDEFGHIJKLMNOPQRSTUV';

type Writer = (data: Data) => string;

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
  [TYPES.SSHFP]: (data) => `${data.u8()} ${data.u8()} ${data.hex()}`,
  [TYPES.SVCB]: service,
  [TYPES.HTTPS]: service,
};

/**
 * The data of a record as a master file has them. What is of an unknown type, or does not fit its type, stands as
 * `\# length hexadecimal` (RFC 3597, 5).
 */
export function rdataText(message: Buffer, type: number, start: number, end: number): string {
  const data = new Data(message, start, end);
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

/** What is left of the data of a record. Each reading throws a RangeError where there is not enough. */
class Data {
  constructor(
    private readonly message: Buffer,
    private at: number,
    private readonly end: number,
  ) {}

  get isAtEnd(): boolean {
    return this.at === this.end;
  }

  bytes(count: number): Buffer {
    if (this.at + count > this.end) throw new RangeError('too short');
    this.at += count;
    return this.message.subarray(this.at - count, this.at);
  }

  /** The next bytes as data of their own. */
  part(count: number): Data {
    const start = this.at;
    this.bytes(count);
    return new Data(this.message, start, this.at);
  }

  list(item: () => string): string[] {
    const items: string[] = [];
    while (!this.isAtEnd) items.push(item());
    return items;
  }

  rest(): Buffer {
    return this.bytes(this.end - this.at);
  }

  u8(): number {
    return this.bytes(1).readUInt8();
  }

  u16(): number {
    return this.bytes(2).readUInt16BE();
  }

  u32(): number {
    return this.bytes(4).readUInt32BE();
  }

  name(): string {
    const { labels, end } = readName(this.message, this.at);
    this.bytes(end - this.at);
    return domainNameText(labels);
  }

  rawString(): Buffer {
    return this.bytes(this.u8());
  }

  string(): string {
    return quoted(this.rawString());
  }

  ipv4(): string {
    return [...this.bytes(4)].join('.');
  }

  ipv6(): string {
    const address = new ipaddr.IPv6([...this.bytes(16)]);
    // As inet_ntop(3) writes it (RFC 5952, 5).
    if (address.isIPv4MappedAddress()) return `::ffff:${address.toIPv4Address().toString()}`;
    return address.toRFC5952String();
  }

  hex(): string {
    return this.rest().toString('hex').toUpperCase();
  }

  base64(): string {
    return this.rest().toString('base64');
  }

  salt(): string {
    return this.rawString().toString('hex').toUpperCase() || '-';
  }

  hash(): string {
    return base32Hex(this.rawString());
  }

  /** RFC 4034, 3.2: YYYYMMDDHHmmSS. */
  date(): string {
    return new Date(this.u32() * 1000).toISOString().replace(/[-:T]|\..*/g, '');
  }

  /** RFC 4034, 4.1.2: windows of 256 types, each with a bitmap. */
  types(): string {
    const types: string[] = [];
    while (!this.isAtEnd) {
      const first = this.u8() * 256;
      for (const [index, byte] of this.bytes(this.u8()).entries()) {
        for (let bit = 0; bit < 8; bit += 1) {
          if ((byte & (0x80 >> bit)) !== 0) types.push(typeText(first + index * 8 + bit));
        }
      }
      if (types.length > MAX_BITMAP_TYPES) throw new RangeError('more types than there are');
    }
    return types.join(' ');
  }
}

function strings(data: Data): string {
  return [data.string(), ...data.list(() => data.string())].join(' ');
}

/** RFC 9460, 2.1. */
function service(data: Data): string {
  const parts = [String(data.u16()), data.name()];
  while (!data.isAtEnd) {
    const key = data.u16();
    parts.push(parameterText(key, data.part(data.u16())));
  }
  return parts.join(' ');
}

function parameterText(key: number, value: Data): string {
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

/** As a character string (RFC 1035, 5.1). */
export function quoted(bytes: Buffer): string {
  let text = '';
  for (const byte of bytes) {
    if (byte === 0x22 || byte === 0x5c) text += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 0x20 && byte <= 0x7e) text += String.fromCharCode(byte);
    else text += `\\${String(byte).padStart(3, '0')}`;
  }
  return `"${text}"`;
}

/** RFC 4648, 7, without padding. */
function base32Hex(bytes: Buffer): string {
  let text = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32_HEX[(held >> bits) & 31];
    }
  }
  return bits === 0 ? text : text + BASE32_HEX[(held << (5 - bits)) & 31];
}
