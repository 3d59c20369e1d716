import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { start } from './processes.mjs';

// Started by its own file: npx would put a shell between us and the process that we may have to end.
const SUITE = new URL('../../node_modules/@modelcontextprotocol/conformance/', import.meta.url);
export const PROGRAM = fileURLToPath(new URL('dist/index.js', SUITE));

export const SUITE_VERSION = JSON.parse(readFileSync(new URL('package.json', SUITE), 'utf8')).version;

/**
 * @typedef {object} Scenario
 * @property {string} name
 * @property {boolean} passed by the suite's own rule: no check has failed
 * @property {boolean} scored whether it counts for the revision
 * @property {string} reason why it is not scored
 * @property {{ status: string, name: string, errorMessage?: string }[]} checks
 */

/**
 * Runs what a revision requires, and what the suite runs beside it without a score.
 *
 * @param {{ url: string, revision: string, directory: string }} options the directory takes the checks of each scenario
 * @returns {Promise<Scenario[]>}
 */
export async function runSuite({ url, revision, directory }) {
  const args = [PROGRAM, 'server', '--url', url, '--requirements', revision, '--output-dir', directory];
  const child = start(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, complaints] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    child.exitCode ?? once(child, 'close'),
  ]);
  const summary = output.split('=== SUMMARY ===')[1];
  if (summary === undefined) throw new Error(`The suite broke off.\n${output}\n${complaints}`);
  const [ran, unscored = ''] = summary.split('\nNot scored');
  const reasons = new Map(
    [...unscored.matchAll(/^ +[✓✗] (\S+) \((.+)\)$/gm)].map(([, name, why]) => [name, why]),
  );
  const checks = readChecks(directory);
  return [...ran.matchAll(/^([✓✗]) (\S+): /gm)].map(([, mark, name]) => ({
    name,
    passed: mark === '✓',
    scored: !reasons.has(name),
    reason: reasons.get(name) ?? '',
    checks: checks.get(name) ?? [],
  }));
}

/** The suite makes a folder `server-<scenario>-<time>` for each scenario that did not break. */
function readChecks(directory) {
  const entries = readdirSync(directory).flatMap((folder) => {
    const name = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(folder)?.[1];
    return name === undefined
      ? []
      : [[name, JSON.parse(readFileSync(join(directory, folder, 'checks.json'), 'utf8'))]];
  });
  return new Map(entries);
}
