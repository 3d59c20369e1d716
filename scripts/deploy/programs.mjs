import { execFileSync, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

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
 */
export async function run(program, args, { env, cwd, input, mayFail = false, timeoutMs = 600_000 } = {}) {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  if (input !== undefined) child.stdin.end(input);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve(exitCode ?? signal));
  });
  if (code !== 0 && !mayFail) {
    const tail = `${stdout}\n${stderr}`.trim().split('\n').slice(-60).join('\n');
    throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${tail}`);
  }
  return { stdout: stdout.trim(), stderr: stderr.trim(), code };
}

/** Asks until the answer is truthy. @throws Error when the time is over. */
export async function until(what, ask, timeoutMs = 120_000) {
  const deadline = Date.now() + timeoutMs;
  let problem = '';
  while (Date.now() < deadline) {
    try {
      const answer = await ask();
      if (answer) return answer;
    } catch (error) {
      problem = error.message;
    }
    await sleep(500);
  }
  throw new Error(`${what}: not within ${timeoutMs / 1000} s. ${problem}`);
}

/** @throws Error with both texts when they differ. */
export function expect(condition, message) {
  if (!condition) throw new Error(message);
}
