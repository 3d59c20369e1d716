import { cut } from '../../core/quote.js';
import { ToolError } from '../../tools/tool-error.js';
import { packageOf } from './programs.js';

const MAX_QUOTE = 200;

const RAW_SOCKET_MEND =
  'Give the server one of these: a group inside net.ipv4.ping_group_range ' +
  '(sysctl -w net.ipv4.ping_group_range="0 2147483647"); a ping with the file capability ' +
  '(setcap cap_net_raw+ep /usr/bin/ping) and CAP_NET_RAW in its bounding set; or CAP_NET_RAW itself ' +
  '(systemd: AmbientCapabilities=CAP_NET_RAW, containers: cap_add NET_RAW).';

/** What it means that a program could not be started, by the system's error code. */
export function startFailure(program: string, error: unknown): ToolError {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  switch (code) {
    case 'ENOENT': {
      const name = packageOf(program);
      return new ToolError(
        'missing_binary',
        `The program "${program}" is not installed where the server runs.`,
        `Install it there (Debian, Ubuntu: apt-get install ${name}).`,
        { program, package: name },
      );
    }
    case 'EPERM':
    case 'EACCES':
      return denied(program, `it may not be executed (${code})`);
    case undefined:
    default:
      return new ToolError(
        'tool_failed',
        `The program "${program}" could not be started (${code ?? 'unknown error'}).`,
      );
  }
}

/**
 * What it means that a program ended without an answer, by what it wrote to stderr.
 *
 * @param address - where it was to send to; left out for a program that sends nothing.
 */
export function exitFailure(program: string, stderr: string, address?: string): ToolError {
  const complaint = firstComplaint(stderr);
  // Only the making of a socket needs the privilege; the same words after "connect" or "sendmsg" mean a route or a
  // firewall.
  if (
    /\bsocket: (Operation not permitted|Permission denied)|cap_net_raw|Cannot open netlink socket/i.test(
      stderr,
    )
  ) {
    return denied(program, `"${complaint}"`);
  }
  const where = address === undefined ? '' : ` for ${address}`;
  const message = `${program} failed${where}: ${complaint === '' ? 'it gave no reason' : `"${complaint}"`}.`;
  if (/Network is unreachable|No route to host/.test(stderr)) {
    return new ToolError(
      'tool_failed',
      `There is no route to ${address ?? 'the address'} (${program}: "${complaint}").`,
      'Compare with network_route_table: a default route is missing, or an unreachable route covers the address.',
    );
  }
  // A kernel that was booted with ipv6.disable=1, or built without it.
  if (/Address family (?:for hostname )?not supported/.test(stderr)) {
    const family = address?.includes(':') === false ? 'IPv4' : 'IPv6';
    return new ToolError(
      'not_supported',
      `The kernel where the server runs has no ${family}${where} (${program}: "${complaint}").`,
      'Use an address of the other family, or "family" for a name that has both.',
    );
  }
  if (/connect: (Permission denied|Operation not permitted)|ping broadcast/.test(stderr)) {
    return new ToolError(
      'tool_failed',
      message,
      'It is a broadcast address, or a prohibit route or a local firewall rule forbids to send there.',
    );
  }
  if (/connect: Invalid argument/.test(stderr)) {
    return new ToolError(
      'tool_failed',
      message,
      'A link-local IPv6 address needs its zone (fe80::1%eth0); otherwise look for a blackhole route.',
    );
  }
  return new ToolError('tool_failed', message);
}

function denied(program: string, reason: string): ToolError {
  const mend =
    program === 'ping'
      ? RAW_SOCKET_MEND
      : `Let the user of the server run ${program}; under systemd look at RestrictAddressFamilies and the capabilities.`;
  return new ToolError(
    'permission_denied',
    `The server lacks the privilege to use ${program}: ${reason}.`,
    mend,
    {
      program,
    },
  );
}

/** The first line that says something, bounded. ping puts a "socktype" line before the reason. */
function firstComplaint(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const line = lines.find((candidate) => !candidate.includes('socktype:')) ?? lines[0] ?? '';
  return cut(line, MAX_QUOTE);
}
