/** What must hold, by revision: how many scenarios are required, and which of the others have to pass too. */
export const REQUIRED = {
  '2026-07-28': {
    scored: 37,
    unscored: ['json-schema-2020-12', 'http-header-validation', 'http-custom-header-server-validation'],
  },
  '2025-11-25': { scored: 30, unscored: ['json-schema-2020-12'] },
};

/** The same of the client leg. Scenarios that do not apply are not among them. */
export const REQUIRED_OF_CLIENTS = {
  '2026-07-28': { scored: 7, unscored: ['json-schema-2020-12-preservation'] },
  '2025-11-25': { scored: 4, unscored: ['json-schema-2020-12-preservation'] },
};

const failures = ({ checks }) => checks.filter(({ status }) => status === 'FAILURE');
const warnings = ({ checks }) => checks.filter(({ status }) => status === 'WARNING');
const succeeded = ({ checks }) => checks.filter(({ status }) => status === 'SUCCESS').length;

/** `pass`, `FAIL`, or `skip` for a scenario that the suite passes without a look at anything. */
function verdict(scenario) {
  if (!scenario.passed) return 'FAIL';
  return succeeded(scenario) === 0 ? 'skip' : 'pass';
}

/** The result of one run as text. */
export function table(scenarios) {
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  return scenarios
    .flatMap((scenario) => [
      [
        `  ${verdict(scenario)}`,
        scenario.name.padEnd(width),
        `${succeeded(scenario)} of ${succeeded(scenario) + failures(scenario).length} checks`,
        scenario.scored ? '' : `(not scored: ${scenario.reason})`,
      ]
        .join('  ')
        .trimEnd(),
      ...[...failures(scenario), ...warnings(scenario)].map(
        ({ status, name, errorMessage }) => `          ${status} ${name}: ${errorMessage ?? ''}`,
      ),
    ])
    .join('\n');
}

/** The totals of one run: `passed N of M`, required scenarios first. */
export function totals(scenarios) {
  const isTask = ({ name }) => name.startsWith('tasks-');
  const groups = [
    ['required', scenarios.filter(({ scored }) => scored)],
    ['tasks extension', scenarios.filter((scenario) => !scenario.scored && isTask(scenario))],
    ['others', scenarios.filter((scenario) => !scenario.scored && !isTask(scenario))],
  ];
  return groups
    .filter(([, members]) => members.length > 0)
    .map(([title, members]) => `${title}: ${count(members)}`)
    .join('; ');
}

function count(scenarios) {
  const verdicts = scenarios.map(verdict);
  const passed = verdicts.filter((word) => word === 'pass').length;
  const skipped = verdicts.filter((word) => word === 'skip').length;
  return `passed ${passed} of ${verdicts.length}${skipped === 0 ? '' : ` (${skipped} skipped)`}`;
}

/** What keeps a run from being good enough; empty when it is. */
export function shortcomings({ scored, unscored }, scenarios) {
  const isPassed = (scenario) => scenario !== undefined && verdict(scenario) === 'pass';
  const required = scenarios.filter((scenario) => scenario.scored);
  const byName = new Map(scenarios.map((scenario) => [scenario.name, scenario]));
  return [
    ...(required.length === scored ? [] : [`${required.length} required scenarios were run, not ${scored}`]),
    ...required.filter((scenario) => !isPassed(scenario)).map(({ name }) => `${name} does not pass`),
    ...unscored.filter((name) => !isPassed(byName.get(name))).map((name) => `${name} does not pass`),
  ];
}
