// npm run --silent audit:dependencies: what the registry knows of weaknesses in the packages that the server is
// delivered with. Fails from severity high on. Not every registry has advisories: then it says so, and fails nothing.
import { spawnSync } from 'node:child_process';

const FAILING = new Set(['high', 'critical']);
/** What registries answer that do not offer it. */
const NOT_OFFERED = new Set([404, 405, 410, 501]);

const { stdout, error } = spawnSync('npm', ['audit', '--json', '--omit=dev', '--package-lock-only'], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
  stdio: ['ignore', 'pipe', 'ignore'],
});

/** @returns {number} the exit code */
function report() {
  if (error !== undefined) return fail(`npm cannot be run: ${error.message}`);
  const answer = parse(stdout);
  if (answer?.metadata !== undefined) return judge(answer);
  if (NOT_OFFERED.has(answer?.statusCode)) {
    console.log(
      `NOT CHECKED: this registry offers no advisories (HTTP ${answer.statusCode}). Ask another one.`,
    );
    return 0;
  }
  return fail(`the registry gave no report (${answer?.statusCode ?? answer?.error?.code ?? 'no answer'})`);
}

function judge({ vulnerabilities, metadata }) {
  const found = Object.values(vulnerabilities);
  for (const { severity, name, range, via } of found) {
    const titles = via
      .filter((cause) => cause.title !== undefined)
      .map(({ title, url }) => `${title}, ${url}`);
    console.log(
      `${severity.toUpperCase()} ${name} ${range}: ${titles.join('; ') || `through ${via.join(', ')}`}`,
    );
  }
  const failing = found.filter(({ severity }) => FAILING.has(severity)).length;
  console.log(
    `Checked ${metadata.dependencies.prod} packages: ${found.length} with known weaknesses, ${failing} of them high or critical.`,
  );
  return failing > 0 ? 1 : 0;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fail(reason) {
  console.error(`Dependencies could not be checked: ${reason}.`);
  return 2;
}

process.exitCode = report();
