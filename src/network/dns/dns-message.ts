import { cut } from '../../core/quote.js';
import { encodeName, isSameName, type Labels, domainNameText, readName } from './domain-name.js';
import { TYPES, typeText } from './dns-numbers.js';
import { rdataText } from './rdata.text.js';

const HEADER_BYTES = 12;
const CLASS_IN = 1;
/** What passes everywhere in one piece: the recommendation of DNS Flag Day 2020. */
const UDP_PAYLOAD = 1232;
const DNSSEC_OK = 0x8000;
/** RFC 8914, 2. */
const EXTENDED_ERROR_OPTION = 15;
const MAX_EXTENDED_ERRORS = 8;
const MAX_EXTENDED_TEXT = 300;

/** A question, and how it is to be answered. */
export interface Query {
  readonly id: number;
  readonly name: Labels;
  readonly type: number;
  readonly recurse: boolean;
  /** Ask for signatures (RFC 3225). */
  readonly dnssec: boolean;
  /** Without it a question is as in 1987, for servers that know no EDNS. */
  readonly edns: boolean;
}

export interface DnsRecord {
  readonly name: string;
  readonly ttl: number;
  readonly type: string;
  readonly data: string;
}

export interface Edns {
  readonly version: number;
  readonly udpSize: number;
  readonly dnssecOk: boolean;
  readonly extendedErrors: readonly { readonly code: number; readonly text: string }[];
}

export const SECTIONS = ['answer', 'authority', 'additional'] as const;
type Section = (typeof SECTIONS)[number];

/** What a server has said. */
export interface DnsAnswer {
  readonly flags: Readonly<Record<'aa' | 'tc' | 'rd' | 'ra' | 'ad' | 'cd', boolean>>;
  readonly rcode: number;
  readonly edns: Edns | null;
  /** The first records of each; OPT is told as `edns`. */
  readonly records: Readonly<Record<Section, readonly DnsRecord[]>>;
  /** How many there are, by the header of the message, without OPT. */
  readonly totals: Readonly<Record<Section, number>>;
  /** The types of the answer section, all of them. */
  readonly answerTypes: ReadonlySet<number>;
  readonly authorityTypes: ReadonlySet<number>;
  /** Why reading ended before the end; `null` when it did not. */
  readonly broken: string | null;
}

/** RFC 1035, 4.1; AD says that we would like to know of it (RFC 6840, 5.7); OPT as in RFC 6891, 6.1.2. */
export function encodeQuery({ id, name, type, recurse, dnssec, edns }: Query): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE((recurse ? 0x0100 : 0) | 0x0020, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(edns ? 1 : 0, 10);
  const kind = Buffer.alloc(4);
  kind.writeUInt16BE(type, 0);
  kind.writeUInt16BE(CLASS_IN, 2);
  const opt = Buffer.alloc(11);
  opt.writeUInt16BE(TYPES.OPT, 1);
  opt.writeUInt16BE(UDP_PAYLOAD, 3);
  opt.writeUInt16BE(dnssec ? DNSSEC_OK : 0, 7);
  return Buffer.concat([header, encodeName(name), kind, ...(edns ? [opt] : [])]);
}

/**
 * Whether a message answers the query and nothing else: its id, and the question as it was asked. A refusal may leave
 * the question out.
 */
export function answers(message: Buffer, { id, name, type }: Query): boolean {
  if (message.length < HEADER_BYTES || message.readUInt16BE(0) !== id) return false;
  const bits = message.readUInt16BE(2);
  if ((bits & 0x8000) === 0) return false;
  const questions = message.readUInt16BE(4);
  if (questions === 0) return (bits & 0xf) !== 0;
  if (questions !== 1) return false;
  try {
    const { labels, end } = readName(message, HEADER_BYTES);
    return (
      message.length >= end + 4 &&
      message.readUInt16BE(end) === type &&
      message.readUInt16BE(end + 2) === CLASS_IN &&
      isSameName(labels, name)
    );
  } catch {
    return false;
  }
}

/** Reads a message that {@link answers}, as far as it goes; of each section `limit` records. Never throws. */
export function readAnswer(message: Buffer, limit: number): DnsAnswer {
  const bits = message.readUInt16BE(2);
  const flag = (bit: number): boolean => (bits & bit) !== 0;
  const reading = new Reading(message, limit);
  const broken = reading.run();
  const { edns, records, totals, answerTypes, authorityTypes, extendedRcode } = reading;
  return {
    flags: {
      aa: flag(0x0400),
      tc: flag(0x0200),
      rd: flag(0x0100),
      ra: flag(0x0080),
      ad: flag(0x0020),
      cd: flag(0x0010),
    },
    rcode: (bits & 0xf) | (extendedRcode << 4),
    ...{ edns, records, totals, answerTypes, authorityTypes, broken },
  };
}

interface RawRecord {
  readonly start: number;
  readonly type: number;
  readonly klass: number;
  readonly ttl: number;
  readonly dataAt: number;
  readonly end: number;
}

class Reading {
  edns: Edns | null = null;
  extendedRcode = 0;
  readonly records: Record<Section, DnsRecord[]> = { answer: [], authority: [], additional: [] };
  readonly totals: Record<Section, number>;
  readonly answerTypes = new Set<number>();
  readonly authorityTypes = new Set<number>();

  constructor(
    private readonly message: Buffer,
    private readonly limit: number,
  ) {
    const count = (at: number): number => message.readUInt16BE(at);
    this.totals = { answer: count(6), authority: count(8), additional: count(10) };
  }

  run(): string | null {
    try {
      let at = HEADER_BYTES;
      if (this.message.readUInt16BE(4) === 1) at = skipName(this.message, at) + 4;
      for (const section of SECTIONS) {
        for (let left = this.totals[section]; left > 0; left -= 1) at = this.take(section, at);
      }
      return at === this.message.length ? null : `${this.message.length - at} bytes behind its end`;
    } catch (error) {
      // Whatever stands there: a range that is none, or a name.
      return error instanceof Error ? error.message : 'what cannot be read';
    }
  }

  /** Answers where the next record begins. */
  private take(section: Section, start: number): number {
    const { message } = this;
    const nameEnd = skipName(message, start);
    if (nameEnd + 10 > message.length) throw new RangeError('a record that goes on behind the end');
    const record: RawRecord = {
      start,
      type: message.readUInt16BE(nameEnd),
      klass: message.readUInt16BE(nameEnd + 2),
      ttl: message.readUInt32BE(nameEnd + 4),
      dataAt: nameEnd + 10,
      end: nameEnd + 10 + message.readUInt16BE(nameEnd + 8),
    };
    if (record.end > message.length) throw new RangeError('a record that goes on behind the end');
    if (section === 'additional' && record.type === TYPES.OPT) this.takeOpt(record);
    else {
      if (section === 'answer') this.answerTypes.add(record.type);
      if (section === 'authority') this.authorityTypes.add(record.type);
      if (this.records[section].length < this.limit) this.records[section].push(this.read(record));
    }
    return record.end;
  }

  private read({ start, type, klass, ttl, dataAt, end }: RawRecord): DnsRecord {
    const { labels } = readName(this.message, start);
    const data = rdataText(this.message, type, dataAt, end);
    return {
      name: domainNameText(labels),
      // RFC 2181, 8: with the highest bit set it counts as nought.
      ttl: ttl > 0x7fffffff ? 0 : ttl,
      type: klass === CLASS_IN ? typeText(type) : `${typeText(type)} CLASS${klass}`,
      data,
    };
  }

  /** The first counts; there may be no other (RFC 6891, 6.1.1). */
  private takeOpt({ klass, ttl, dataAt, end }: RawRecord): void {
    this.totals.additional -= 1;
    if (this.edns !== null) return;
    this.extendedRcode = ttl >>> 24;
    this.edns = {
      version: (ttl >>> 16) & 0xff,
      udpSize: klass,
      dnssecOk: (ttl & DNSSEC_OK) !== 0,
      extendedErrors: extendedErrorsIn(this.message.subarray(dataAt, end)),
    };
  }
}

function extendedErrorsIn(options: Buffer): { code: number; text: string }[] {
  const errors: { code: number; text: string }[] = [];
  for (let at = 0; at + 4 <= options.length && errors.length < MAX_EXTENDED_ERRORS;) {
    const option = options.readUInt16BE(at);
    const end = at + 4 + options.readUInt16BE(at + 2);
    if (end > options.length) break;
    if (option === EXTENDED_ERROR_OPTION && end >= at + 6) {
      const text = options.toString('utf8', at + 6, end).replace(/\0$/, '');
      errors.push({ code: options.readUInt16BE(at + 4), text: cut(text, MAX_EXTENDED_TEXT) });
    }
    at = end;
  }
  return errors;
}

/** Where a name ends, without following its pointer. @throws RangeError */
function skipName(message: Buffer, start: number): number {
  for (let at = start; ;) {
    const length = message[at];
    if (length === undefined) throw new RangeError('a name that goes on behind the end');
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    if (length > 63) throw new RangeError('a label of an unknown kind');
    at += length + 1;
  }
}
