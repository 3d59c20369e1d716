import anyAscii from 'any-ascii';
import { trimEnd } from '../../core/trim-end.js';

/** UTF-16 units of a name that are looked at: what comes of it is cut to far less. */
const MAX_LOOKED_AT = 1024;

/**
 * What a document calls something, in characters that the names of arguments and tools may have for model APIs; other
 * scripts are spelled in Latin letters. Two names may become the same.
 */
export const cleanName = (text: string): string =>
  trimEnd(
    anyAscii(text.slice(0, MAX_LOOKED_AT))
      .replaceAll(/[^A-Za-z0-9_.-]+/g, '_')
      .replace(/^_+/, ''),
    /_/,
  );
