import { ToolError } from '../../tools/tool-error.js';
import type { Variant } from '../host/program-variants.js';
import type { TargetAddress } from '../target/target.js';

export const MAX_HOPS = 30;
/** Of one hop. */
export const PROBES = 3;
/**
 * Seconds that a probe is waited for. The kernel needs three to give an address on the link up. Where the probes are
 * sent one after the other, three silent hops take as long as the deadline, and it is as long as their own default.
 */
const WAIT_SECONDS = '4';
const SEQUENTIAL_WAIT_SECONDS = '3';
/** Probes on the way at a time: all in two seconds less than the deadline, and no flood. */
const AT_ONCE = '32';

export const METHODS = ['udp', 'icmp', 'tcp'] as const;

export type Method = (typeof METHODS)[number];

export interface TraceOptions {
  readonly method: Method;
  /** Of TCP. */
  readonly port: number;
}

/**
 * UDP probes, the default method, need no privilege. Nothing but the address may be looked up: `-n`.
 *
 * @throws ToolError `not_supported` for what this traceroute cannot do.
 */
export function traceArguments(
  variant: Variant,
  { address, family }: TargetAddress,
  { method, port }: TraceOptions,
): string[] {
  const common = ['-q', String(PROBES), '-m', String(MAX_HOPS)];
  if (variant === 'inetutils') {
    if (family === 'ipv6') throw lacks(variant, 'IPv6');
    if (method === 'tcp') throw lacks(variant, 'the method "tcp"');
    return [...common, '-w', SEQUENTIAL_WAIT_SECONDS, ...(method === 'icmp' ? ['-I'] : []), address];
  }
  const head = [family === 'ipv4' ? '-4' : '-6', '-n', ...common];
  if (variant === 'busybox') {
    if (method === 'tcp') throw lacks(variant, 'the method "tcp"');
    return [...head, '-w', SEQUENTIAL_WAIT_SECONDS, ...(method === 'icmp' ? ['-I'] : []), address];
  }
  const how = { udp: [], icmp: ['-I'], tcp: ['-T', '-p', String(port)] }[method];
  return [...head, '-w', WAIT_SECONDS, '-N', AT_ONCE, '-e', ...how, address];
}

function lacks(variant: Variant, what: string): ToolError {
  return new ToolError(
    'not_supported',
    `The traceroute of ${variant} that is installed where the server runs cannot do ${what}.`,
    'Leave it out, or install the traceroute of Dmitry Butskoy there (Debian, Ubuntu: apt-get install traceroute).',
  );
}
