import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62 to the power of 32: 190 bits. */
const RANDOM_LENGTH = 32;
/** 62 to the power of 6 is the first that holds a CRC-32. */
const CHECKSUM_LENGTH = 6;

/** What a key of ours begins with, whatever follows. */
export const API_KEY_PREFIX = 'mcpo_';

/** The form of a minted key, for scanners: `mcpo_`, 32 random base62 digits, `_`, CRC-32 of all before it in base62. */
export const API_KEY_FORM = /^mcpo_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$/;

/** A new key. Nobody can guess it, and a scanner recognises it. */
export function mintApiKey(): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return withChecksum(`${API_KEY_PREFIX}${random}`);
}

/** Whether a text with our prefix is a whole key: nothing was cut off and nothing mistyped. */
export function isWholeApiKey(text: string): boolean {
  return API_KEY_FORM.test(text) && withChecksum(text.slice(0, -CHECKSUM_LENGTH - 1)) === text;
}

function withChecksum(head: string): string {
  let rest = crc32(head);
  let digits = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place += 1) {
    digits = `${ALPHABET[rest % ALPHABET.length]}${digits}`;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return `${head}_${digits}`;
}
