import { isIP } from 'node:net';
import { z } from 'zod';
import { type TargetAddress, toTargetAddress } from '../../core/names/target-address.js';
import { quote } from '../../core/quote.js';
import { ToolError } from '../../tools/tool-error.js';

export { type TargetAddress, toTargetAddress };

/** RFC 1035, section 2.3.4. */
const MAX_NAME = 253;
/** Characters of a target with what may stand around it: a zone, a final dot, blanks. */
export const MAX_TARGET = 300;

/**
 * The characters that a target can have, for the schema of a tool. No leading dash, blank, control character or
 * metacharacter of a shell; `parseTarget` is exact about the rest.
 */
export const TARGET_SCHEMA = z
  .string()
  .min(1)
  .max(MAX_NAME)
  .regex(/^[A-Za-z0-9:_][A-Za-z0-9.:%_-]*$/)
  .describe('Host name, IPv4 address or IPv6 address; a link-local one with its zone, as in fe80::1%eth0.');

export const FAMILY_CHOICES = ['ipv4', 'ipv6', 'any'] as const;

export type FamilyChoice = (typeof FAMILY_CHOICES)[number];

export type ParsedTarget =
  ({ readonly kind: 'address' } & TargetAddress) | { readonly kind: 'name'; readonly name: string };

/**
 * RFC 1123, section 2.1: letters, digits and hyphens, no hyphen at either end, at most 63 characters; and underscores,
 * which no host name may have and many a name in DNS and in containers has (RFC 2181, section 11).
 */
const LABEL = /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/;
/**
 * A last label like this makes getaddrinfo(3) read the whole as an IPv4 address in one of its historic forms, such as
 * 127.1.
 */
const NUMERIC_LABEL = /^(\d+|0x[0-9a-f]*)$/i;
/** Longest name of an interface: IFNAMSIZ without its zero byte. */
const ZONE = /^[A-Za-z0-9._-]{1,15}$/;

/** @throws ToolError `invalid_arguments` for what is neither a host name nor an address. */
export function parseTarget(target: string): ParsedTarget {
  const [bare = '', zone, ...rest] = target.split('%');
  const isZoneFit = zone === undefined || (bare.includes(':') && ZONE.test(zone) && rest.length === 0);
  if (isIP(bare) !== 0 && isZoneFit) return { kind: 'address', ...toTargetAddress(target) };
  if (zone === undefined && isHostName(target)) return { kind: 'name', name: target };
  throw new ToolError(
    'invalid_arguments',
    `${quote(target, MAX_TARGET)} is neither a host name (RFC 1123) nor an IPv4 or IPv6 address.`,
    'Use a name such as example.com (xn-- form for other alphabets), 192.0.2.1, 2001:db8::1 or fe80::1%eth0.',
  );
}

/** A source to send from: an address in the form of a target's, or whatever else it is as it came. */
export const plainSource = (source: string): string =>
  isIP(source) === 0 ? source : toTargetAddress(source).address;

function isHostName(text: string): boolean {
  const labels = text.replace(/\.$/, '').split('.');
  return labels.every((label) => LABEL.test(label)) && !NUMERIC_LABEL.test(labels.at(-1) ?? '');
}
