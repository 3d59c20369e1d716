import { createHmac, hash } from 'node:crypto';

/** What stands in `prev` of the first record of a chain. */
export const GENESIS = '0'.repeat(64);

/** SHA-256 of a line without its newline, in lower-case hex: what the record after it has in `prev`. */
export const digestOf = (line: string | Uint8Array): string => hash('sha256', line, 'hex');

/** HMAC-SHA256 (RFC 2104) of a line as it stands before `,"seal":"`, in lower-case hex. */
export const sealOf = (key: string, body: string | Uint8Array): string =>
  createHmac('sha256', key).update(body).digest('hex');

/** Tells keys apart, in eight hexadecimal digits, and gives away no more of them than a seal does. */
export const keyIdOf = (key: string): string => sealOf(key, 'audit key').slice(0, 8);

/** Where a chain stands: after `seq` records, the last of which is a line with the digest `head`. */
export interface ChainState {
  readonly id: string;
  readonly seq: number;
  readonly head: string;
}

/**
 * Numbers records, ties each to the one before it by a plain digest, and seals the last one of each batch with the key:
 * through the digests the seal holds all the records before it.
 */
export class AuditChain implements ChainState {
  readonly id: string;
  private sequence: number;
  private last: string;
  private readonly keyId: string;

  constructor(
    private readonly key: string,
    { id, seq, head }: ChainState,
  ) {
    this.id = id;
    this.sequence = seq;
    this.last = head;
    this.keyId = keyIdOf(key);
  }

  get seq(): number {
    return this.sequence;
  }

  get head(): string {
    return this.last;
  }

  /**
   * The lines of the next records, each with its newline.
   *
   * @param batch what each record says, as the text of a JSON object that is not empty
   */
  seal(batch: readonly string[]): string {
    let lines = '';
    for (const [index, facts] of batch.entries()) {
      const body = this.next(facts);
      const line = index === batch.length - 1 ? this.sealed(body) : `${body}}`;
      this.last = digestOf(line);
      lines += `${line}\n`;
    }
    return lines;
  }

  private next(facts: string): string {
    this.sequence += 1;
    return `{"audit":2,"chain":"${this.id}","seq":${this.sequence},${facts.slice(1, -1)},"prev":"${this.last}"`;
  }

  private sealed(record: string): string {
    const body = `${record},"key":"${this.keyId}"`;
    return `${body},"seal":"${sealOf(this.key, body)}"}`;
  }
}
