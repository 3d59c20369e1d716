import ipaddr from 'ipaddr.js';
import { typeText } from './dns-numbers.js';
import { domainNameText, readName } from './domain-name.js';

/** A name has a handful; a bitmap could say 65,536 of each. */
const MAX_BITMAP_TYPES = 300;
const BASE32_HEX = '0123456789ABCDEFGHIJKLMNOPQRSTUV';

/** What is left of the data of a record. Each reading throws a RangeError where there is not enough. */
export class RdataReader {
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
  part(count: number): RdataReader {
    const start = this.at;
    this.bytes(count);
    return new RdataReader(this.message, start, this.at);
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
