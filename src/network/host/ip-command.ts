import { Injectable } from '@nestjs/common';
import { ToolError } from '../../tools/tool-error.js';
import { exitFailure } from './program-failure.js';
import { ProgramRunner } from './program-runner.js';

/** A routing table of some 60,000 entries; parsing more than that at once would hold up everybody else. */
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;

/** `ip` of iproute2, asked for JSON: the kernel's netlink interface, which Node itself cannot open. */
@Injectable()
export class IpCommand {
  constructor(private readonly runner: ProgramRunner) {}

  /**
   * The objects that `ip -d -j <args>` prints. `-d` states the values that are otherwise left out as usual ones.
   *
   * @throws ToolError `missing_binary`, `permission_denied` (no AF_NETLINK) or `not_supported` (an `ip` without JSON)
   *   when netlink cannot be read this way; `tool_failed` when the reading itself failed.
   */
  async query<T>(args: readonly string[], signal: AbortSignal): Promise<T[]> {
    const options = { signal, maxOutputBytes: MAX_OUTPUT_BYTES };
    const { exitCode, stdout, stderr } = await this.runner.run('ip', ['-d', '-j', ...args], options);
    if (exitCode !== 0) throw this.failure(stderr);
    return parse<T>(stdout);
  }

  private failure(stderr: string): ToolError {
    // BusyBox, and iproute2 before 4.10.
    if (/(invalid|unrecognized|unknown) option|Option "-[dj]{1,2}" is unknown/i.test(stderr)) {
      return new ToolError(
        'not_supported',
        'The "ip" program here cannot answer in JSON.',
        'Install iproute2.',
      );
    }
    return exitFailure('ip', stderr);
  }
}

function parse<T>(stdout: string): T[] {
  // Some versions print nothing at all for an empty table.
  if (stdout.trim() === '') return [];
  try {
    return JSON.parse(stdout) as T[];
  } catch {
    throw new ToolError('tool_failed', 'The "ip" program answered with something other than JSON.');
  }
}
