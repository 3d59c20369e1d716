import { spawn } from 'node:child_process';
import { once } from 'node:events';

const GRACE_MS = 5000;

/** The processes that are running now. Each is ended by its own id, on every way out. */
const running = new Set();

/** Starts a process and keeps track of it until it has ended. */
export function start(program, args, options) {
  const child = spawn(program, args, options);
  running.add(child);
  child.once('close', () => running.delete(child));
  // Without a listener a program that is not there would be an uncaught exception.
  child.once('error', (error) => {
    running.delete(child);
    console.error(`${program} could not be started: ${error.message}`);
  });
  return child;
}

/** Asks a process to end, waits, and makes it end. */
export async function stop(child) {
  if (!running.has(child)) return;
  const ended = once(child, 'close');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  await ended;
  clearTimeout(timer);
}

export const stopAll = () => Promise.all([...running].map(stop));

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.once(signal, () => void stopAll().finally(() => process.exit(code)));
}
