import { execFileSync, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { interruption } from './interruption.mjs';

/** For what ends in order when it is told to; then it is killed. */
const ENDING_MS = 30_000;
const ROOT_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin'];
process.env.PATH = [process.env.PATH ?? '', ...ROOT_DIRECTORIES].join(delimiter);

export function isOnPath(program) {
  return process.env.PATH.split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** @param parts program -> the Debian package that brings it */
export function installPackages(parts) {
  const missing = Object.keys(parts).filter((program) => !isOnPath(program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((program) => parts[program]))];
  console.log(`Installing what the checks need: ${packages.join(' ')}`);
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  execFileSync('apt-get', ['update', '-qq'], options);
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options);
}

/**
 * Runs a program to its end and answers its standard output.
 *
 * @throws Error with both outputs when it ends with another code than 0, unless `mayFail`.
 * @throws Interrupted when a signal has ended the checks, and the program with them.
 */
export async function run(program, args, { env, cwd, input, mayFail = false, timeoutMs = 600_000 } = {}) {
  const interrupted = interruption();
  interrupted.throwIfAborted();
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C reaches us alone, and what ends the program ends its children.
    detached: true,
  });
  const timers = [setTimeout(() => killGroup(child, 'SIGKILL'), timeoutMs)];
  const stop = () => {
    killGroup(child, 'SIGTERM');
    timers.push(setTimeout(() => killGroup(child, 'SIGKILL'), ENDING_MS));
  };
  interrupted.addEventListener('abort', stop);
  if (input !== undefined) child.stdin.end(input);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve(exitCode ?? signal));
  }).finally(() => {
    timers.forEach(clearTimeout);
    interrupted.removeEventListener('abort', stop);
  });
  interrupted.throwIfAborted();
  if (code !== 0 && !mayFail) {
    const tail = `${stdout}\n${stderr}`.trim().split('\n').slice(-60).join('\n');
    throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${tail}`);
  }
  return { stdout: stdout.trim(), stderr: stderr.trim(), code };
}

function killGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has never begun, or has ended.
  }
}

/**
 * Asks until the answer is truthy. @throws Error when the time is over, Interrupted when a signal has ended the checks.
 */
export async function until(what, ask, timeoutMs = 120_000) {
  const interrupted = interruption();
  const deadline = Date.now() + timeoutMs;
  let problem = '';
  while (Date.now() < deadline) {
    try {
      const answer = await ask();
      if (answer) return answer;
    } catch (error) {
      problem = error.message;
    }
    await sleep(500, undefined, { signal: interrupted }).catch(() => undefined);
    interrupted.throwIfAborted();
  }
  throw new Error(`${what}: not within ${timeoutMs / 1000} s. ${problem}`);
}

/** @throws Error with both texts when they differ. */
export function expect(condition, message) {
  if (!condition) throw new Error(message);
}
