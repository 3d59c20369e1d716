import { hash } from 'node:crypto';

/** Characters of an entity tag: 128 bits of the digest. */
const TAG_LENGTH = 22;

/** A strong entity tag (RFC 9110, 8.8.3) of a representation, with the name of its coding when it has one. */
export const entityTag = (body: string | Buffer, coding = ''): string =>
  `"${hash('sha256', body, 'base64url').slice(0, TAG_LENGTH)}${coding === '' ? '' : `-${coding}`}"`;

/** Whether an `If-None-Match` has the tag, by the weak comparison of RFC 9110, 13.1.2: none of ours has a comma. */
export function isKnown(tag: string, header: string | undefined): boolean {
  if (header === undefined) return false;
  return header
    .split(',')
    .map((one) => one.trim())
    .some((one) => one === '*' || one === tag || one === `W/${tag}`);
}
