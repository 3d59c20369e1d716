/** The first descriptor that a service manager hands over, and how many there are at most. */
const FIRST = 3;
const MAX = 16;

/**
 * The descriptors of the sockets that a service manager listens on for us (sd_listen_fds(3)): LISTEN_FDS of them, where
 * LISTEN_PID says that this process is meant.
 */
export function inheritedDescriptors(
  variables: NodeJS.ProcessEnv = process.env,
  pid = process.pid,
): readonly number[] {
  const { LISTEN_PID, LISTEN_FDS } = variables;
  if (LISTEN_PID !== String(pid) || LISTEN_FDS === undefined || !/^\d{1,2}$/.test(LISTEN_FDS)) return [];
  return Array.from({ length: Math.min(Number(LISTEN_FDS), MAX) }, (_, index) => FIRST + index);
}
