import { hmacSha256 } from './hmac.js';

/** What stands in `prev` of the first record of a chain. */
export const GENESIS = '0'.repeat(64);

/** HMAC-SHA256 (RFC 2104) of a record as it stands before `,"mac":"`, in lower-case hex. */
export const macOf = (key: string, body: string | Uint8Array): string => hmacSha256(key, body);

/** Where a chain stands: after `seq` records, the last of which has the MAC `head`. */
export interface ChainState {
  readonly id: string;
  readonly seq: number;
  readonly head: string;
}

/** Numbers records and ties each to the one before it, so that none can be changed or taken out without the key. */
export class AuditChain implements ChainState {
  readonly id: string;
  private sequence: number;
  private last: string;

  constructor(
    private readonly key: string,
    { id, seq, head }: ChainState,
  ) {
    this.id = id;
    this.sequence = seq;
    this.last = head;
  }

  get seq(): number {
    return this.sequence;
  }

  get head(): string {
    return this.last;
  }

  /**
   * The line of the next record.
   *
   * @param facts what the record says, as the text of a JSON object that is not empty
   */
  seal(facts: string): string {
    this.sequence += 1;
    const body = `{"audit":1,"chain":"${this.id}","seq":${this.sequence},${facts.slice(1, -1)},"prev":"${this.last}"`;
    this.last = macOf(this.key, body);
    return `${body},"mac":"${this.last}"}\n`;
  }
}
