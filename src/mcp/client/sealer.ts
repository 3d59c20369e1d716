import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import { parseOwn } from '../../core/json/own-json.js';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Data that a client keeps for us and can neither read nor change: request states and cursors. */
@Injectable()
export class Sealer {
  private readonly key: Uint8Array;

  constructor(@Inject(Configuration) config: Configuration) {
    this.key = config.mcp.stateKey;
  }

  /** @param purpose what it is for and for whom; it opens for the same purpose only. */
  seal(purpose: string, value: unknown): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.key, nonce).setAAD(Buffer.from(purpose));
    const sealed = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** The value, or `undefined` when the text was not sealed by us for this purpose. */
  open(purpose: string, text: string): unknown {
    const bytes = Buffer.from(text, 'base64url');
    // Node skips what is no base64url; only the one spelling of the bytes is ours.
    if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== text) return undefined;
    try {
      const decipher = createDecipheriv(CIPHER, this.key, bytes.subarray(0, NONCE_BYTES))
        .setAAD(Buffer.from(purpose))
        .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const plain = Buffer.concat([
        decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)),
        decipher.final(),
      ]);
      return parseOwn(plain.toString('utf8'));
    } catch {
      return undefined;
    }
  }
}
