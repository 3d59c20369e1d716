// The official conformance suite against the built server, as `npm run test:conformance` and CI run it: one replica,
// and two in turn with Redis. docs/conformance.md says what is expected, and why.
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { deploy } from './deployment.mjs';
import { stopAll } from './processes.mjs';
import { NOT_APPLICABLE, runClientLeg } from './client-leg.mjs';
import { REQUIRED, REQUIRED_OF_CLIENTS, shortcomings, table, totals } from './report.mjs';
import { runSuite, SUITE_VERSION } from './suite.mjs';

const TIME_LIMIT_MS = 5 * 60 * 1000;

const DEPLOYMENTS = [
  { title: 'one replica, state in memory', replicas: 1, redis: false },
  { title: 'two replicas in turn, state in Redis', replicas: 2, redis: true },
];

const isOnPath = (program) =>
  (process.env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** Both revisions at once, as clients of both eras meet on one endpoint. */
async function runBoth({ title, replicas, redis }, directory) {
  const deployment = await deploy({ replicas, redis, directory });
  const runs = Object.keys(REQUIRED).map(async (revision) => {
    const results = join(directory, revision);
    mkdirSync(results);
    const scenarios = await runSuite({ url: deployment.url, revision, directory: results });
    return { title: `${revision}, ${title}`, required: REQUIRED[revision], scenarios };
  });
  const done = await Promise.all(runs);
  await deployment.stop();
  return done;
}

/** Our upstream side as the client, of both revisions at once. */
const runClientLegs = (directory) =>
  Promise.all(
    Object.entries(REQUIRED_OF_CLIENTS).map(async ([revision, required]) => {
      const { scenarios, left } = await runClientLeg({ revision, directory: join(directory, revision) });
      return { title: `${revision}, client of an upstream`, required, scenarios, left };
    }),
  );

/** Which deployments cannot be made here, and why. */
function obstacles() {
  const lacksRedis = !isOnPath('redis-server');
  return DEPLOYMENTS.filter(({ redis }) => redis && lacksRedis).map(
    ({ title }) => `${title}: redis-server is not on the PATH (scripts/install-real-parts.mjs)`,
  );
}

async function main() {
  console.log(`@modelcontextprotocol/conformance ${SUITE_VERSION}`);
  const directory = mkdtempSync(join(tmpdir(), 'mcpo-conformance-'));
  const skipped = obstacles();
  const possible = DEPLOYMENTS.filter(({ title }) => !skipped.some((why) => why.startsWith(title)));
  const served = await Promise.all(
    possible.map((deployment, index) => runBoth(deployment, join(directory, String(index + 1)))),
  );
  const runs = [...served.flat(), ...(await runClientLegs(join(directory, 'client')))];
  for (const { title, scenarios, left = [] } of runs) {
    console.log(`\n${title}\n${table(scenarios)}\n  ${totals(scenarios)}`);
    for (const [prefix, why] of Object.entries(NOT_APPLICABLE)) {
      const names = left.filter(({ name }) => name.startsWith(prefix)).map(({ name }) => name);
      if (names.length > 0) console.log(`  not applicable, ${why}: ${names.join(', ')}`);
    }
  }
  for (const why of skipped) console.log(`\n[skipped] ${why}`);
  const problems = [
    ...(process.env.REQUIRE_REAL_PARTS === '1' ? skipped : []),
    ...runs.flatMap(({ title, required, scenarios }) =>
      shortcomings(required, scenarios).map((problem) => `${title}: ${problem}`),
    ),
  ];
  if (problems.length === 0) {
    rmSync(directory, { recursive: true });
    return 0;
  }
  console.error(`\nNot conformant:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  console.error(`Checks and logs: ${directory}`);
  return 1;
}

async function end(code) {
  await stopAll();
  process.exit(code);
}

setTimeout(() => {
  console.error(`\nNot done after ${TIME_LIMIT_MS / 1000} s`);
  void end(1);
}, TIME_LIMIT_MS);
try {
  await end(await main());
} catch (error) {
  console.error(error);
  await end(1);
}
