import { ToolError } from '../../tools/tool-error.js';

/**
 * Refuses a platform that has neither procfs nor iproute2.
 *
 * @throws ToolError `not_supported` anywhere but on Linux.
 */
export function requireLinux(platform: NodeJS.Platform = process.platform): void {
  if (platform === 'linux') return;
  throw new ToolError(
    'not_supported',
    `The network tools read Linux's procfs and netlink; this server runs on ${platform}.`,
    'Run the server on Linux, or in a Linux container with the network of the host.',
  );
}
