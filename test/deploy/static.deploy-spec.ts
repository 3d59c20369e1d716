import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describeWithParts } from '../helpers/real-parts.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Runs a checker at the root of the repository; it throws with the checker's words when it is not content. */
function run(program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

const tracked = (...patterns: string[]): string[] =>
  execFileSync('git', ['ls-files', ...patterns], { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);

describeWithParts('shell scripts', ['shellcheck'], () => {
  const scripts = tracked().filter(
    (path) =>
      path.endsWith('.sh') || /^#!.*\b(ba)?sh\n/.test(readFileSync(ROOT + path, 'latin1').slice(0, 80)),
  );

  it('are there, .ci/run and the one of nginx among them', () => {
    expect(scripts).toEqual(expect.arrayContaining(['.ci/run', 'deploy/nginx/make-certificate.sh']));
  });

  it.each(scripts)('%s has nothing to complain about', (path) => {
    expect(run('shellcheck', path)).toBe('');
  });
});

describeWithParts('Prometheus', ['promtool'], () => {
  it('can use its configuration and its rules', () => {
    expect(run('promtool', 'check', 'config', 'deploy/prometheus/prometheus.yml')).toContain('SUCCESS');
  });

  it('fires each alert when it should, and only then', () => {
    expect(run('promtool', 'test', 'rules', 'deploy/prometheus/rules/mcpo.rules.test.yml')).toContain(
      'SUCCESS',
    );
  });

  it('has a test of each alert', () => {
    const alerts = (path: string): Set<string> =>
      new Set(readFileSync(ROOT + path, 'utf8').match(/(?<=alert(name)?: )\w+/g));
    expect(alerts('deploy/prometheus/rules/mcpo.rules.test.yml')).toEqual(
      alerts('deploy/prometheus/rules/mcpo.rules.yml'),
    );
  });

  it('asks for metrics that there are', () => {
    const documented = readFileSync(`${ROOT}docs/metrics.md`, 'utf8');
    const rules = readFileSync(`${ROOT}deploy/prometheus/rules/mcpo.rules.yml`, 'utf8');
    const names = new Set(rules.match(/\bmcpo_[a-z_]+/g));
    expect(names.size).toBeGreaterThan(0);
    for (const name of names) expect(documented).toContain(`\`${name.replace(/_bucket$/, '')}\``);
  });
});

describeWithParts('Alertmanager', ['amtool'], () => {
  const route = (file: string, ...labels: string[]): string =>
    run('amtool', 'config', 'routes', 'test', `--config.file=deploy/prometheus/${file}`, ...labels).trim();

  it.each(['alertmanager.yml', 'alertmanager.pagerduty.yml'])('can use %s', (file) => {
    expect(run('amtool', 'check-config', `deploy/prometheus/${file}`)).toContain('SUCCESS');
  });

  it('pages for what is critical, where PagerDuty is configured', () => {
    expect(route('alertmanager.pagerduty.yml', 'severity=critical')).toBe('pagerduty');
    expect(route('alertmanager.pagerduty.yml', 'severity=warning')).toBe('page-of-alertmanager');
    expect(route('alertmanager.yml', 'severity=critical')).toBe('page-of-alertmanager');
  });
});

describe('Workflows of CI', () => {
  const uses = tracked('.github/workflows').flatMap(
    (path) => readFileSync(ROOT + path, 'utf8').match(/^.*\buses: .*$/gm) ?? [],
  );

  it('take every action by its commit, and say which version that is', () => {
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });
});

describe('ways to start the server', () => {
  it.each([
    'package.json',
    'Dockerfile',
    'README.md',
    'deploy/systemd/mcpo-mcp-server.service',
    'test/hostile/run.mjs',
  ])('%s bounds the heap of short-lived objects, and gives back what is freed', (path) => {
    const text = readFileSync(ROOT + path, 'utf8');
    expect(text).toContain('--max-semi-space-size=16');
    expect(text).toMatch(/\bMALLOC_ARENA_MAX(?:=|: ')2/);
    expect(text).toMatch(/\bMALLOC_TRIM_THRESHOLD_(?:=|: ')131072/);
  });
});
