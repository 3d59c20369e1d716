import { ToolError } from '../../tools/tool-error.js';
import type { Variant } from '../host/program-variants.js';
import type { TargetAddress } from '../target/target.js';
import type { EchoOptions } from './echo.port.js';

/** Seconds until ping would send a second request: it is ended long before. */
const NEVER = '3600';

export interface PingCommand {
  readonly program: 'ping' | 'ping6';
  readonly args: readonly string[];
}

/**
 * One request, and to go on listening: without `-c`, which makes ping leave at the first answer and, of several
 * requests, before the late ones. `-n`: nothing but the address may be looked up.
 *
 * @throws ToolError `not_supported` for an option that this ping does not have.
 */
export function pingCommand(
  variant: Variant,
  { address, family }: TargetAddress,
  options: EchoOptions,
): PingCommand {
  const { size, dontFragment = false, source } = options;
  const args = ['-n', '-i', NEVER];
  if (size !== undefined) args.push('-s', String(size));
  if (dontFragment) {
    if (variant === 'busybox' || variant === 'inetutils') throw lacks(variant, 'dontFragment');
    args.push('-M', 'do');
  }
  if (source !== undefined) {
    if (variant === 'inetutils') throw lacks(variant, 'source');
    args.push('-I', source);
  }
  // The one of inetutils knows no -4 and -6: it has a program for each.
  if (variant === 'inetutils')
    return { program: family === 'ipv4' ? 'ping' : 'ping6', args: [...args, address] };
  return { program: 'ping', args: [family === 'ipv4' ? '-4' : '-6', ...args, address] };
}

function lacks(variant: Variant, argument: string): ToolError {
  return new ToolError(
    'not_supported',
    `The ping of ${variant} that is installed where the server runs cannot do "${argument}".`,
    'Leave the argument out, or install the ping of iputils there (Debian, Ubuntu: apt-get install iputils-ping).',
    { argument },
  );
}
