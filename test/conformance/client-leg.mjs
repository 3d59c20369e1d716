import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { start } from './processes.mjs';
import { PROGRAM } from './suite.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The suite makes a shell of it: no path that could hold a space, and the Node of this process first on the PATH. */
const COMMAND = 'node test/conformance/gateway.mjs';
const ENV = { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) };

/** Scenarios of the client leg that are not run, by the beginning of their name, and why. */
export const NOT_APPLICABLE = {
  'auth/': 'a client that signs in to its server; upstreams get the headers of their entry',
};

const inapplicable = (name) =>
  Object.entries(NOT_APPLICABLE).find(([prefix]) => name.startsWith(prefix))?.[1];

async function suite(...args) {
  const child = start(process.execPath, [PROGRAM, ...args], {
    cwd: ROOT,
    env: ENV,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, complaints] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    child.exitCode ?? once(child, 'close'),
  ]);
  return { output, log: `${output}\n${complaints}` };
}

/** What a revision asks of clients: name -> why the suite does not score it, empty where it does. */
async function scenariosOf(revision) {
  const { output } = await suite('list', '--client', '--requirements', revision);
  const [, required = '', unscored = ''] =
    /Client scenarios.*?\n(.*?)\n\n(?:Run and reported.*?\n(.*))?/s.exec(output) ?? [];
  const scored = [...required.matchAll(/^ +- (\S+)$/gm)].map(([, name]) => [name, '']);
  const others = [...unscored.matchAll(/^ {2}(\S+) \(\d+\):\n((?: {4}- .+\n)+)/gm)].flatMap(
    ([, why, lines]) => [...lines.matchAll(/- (\S+) \[client\]/g)].map(([, name]) => [name, why]),
  );
  return new Map([...scored, ...others]);
}

/**
 * Runs what a revision requires of clients against our upstream side, one scenario after the other.
 *
 * @param {{ revision: string, directory: string }} options the directory takes the checks of each scenario
 * @returns {Promise<{ scenarios: import('./suite.mjs').Scenario[], left: { name: string, why: string }[] }>}
 */
export async function runClientLeg({ revision, directory }) {
  const scenarios = [];
  const left = [];
  for (const [name, reason] of await scenariosOf(revision)) {
    const why = inapplicable(name);
    if (why !== undefined) left.push({ name, why });
    else scenarios.push(await runScenario(name, reason, revision, join(directory, name)));
  }
  return { scenarios, left };
}

async function runScenario(name, reason, revision, directory) {
  mkdirSync(directory, { recursive: true });
  const options = ['--scenario', name, '--spec-version', revision, '--output-dir', directory];
  const { log } = await suite('client', '--command', COMMAND, ...options);
  const [folder] = readdirSync(directory);
  const checks =
    folder === undefined ? [] : JSON.parse(readFileSync(join(directory, folder, 'checks.json'), 'utf8'));
  // The suite fails a client that ends with an error, too.
  const passed = log.includes('OVERALL: PASSED') && !log.includes('Client exited with code');
  if (!passed) console.error(log);
  return { name, passed, scored: reason === '', reason, checks };
}
