import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Environment } from '../../src/config/environment.js';
import { describeWithParts } from '../helpers/real-parts.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const UNITS = [
  'mcpo-mcp-server.service',
  'mcpo-mcp-server.socket',
  'mcpo-backup.service',
  'mcpo-backup.timer',
];
const SERVICES = UNITS.filter((unit) => unit.endsWith('.service'));
/** The exposure that the product promises to stay under, of 10. */
const MOST_EXPOSED = 3;

const textOf = (path: string): string => readFileSync(ROOT + path, 'utf8');
const unitText = (unit: string): string => textOf(`deploy/systemd/${unit}`);

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

function run(program: string, ...args: string[]): Outcome {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8' });
  if (error !== undefined) throw error;
  return { code: status, output: stdout + stderr };
}

describeWithParts('systemd units', ['systemd-analyze'], () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'mcpo-units-'));
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  /** Programs have to be there for `verify`: those of the installation are, under other names. */
  const verify = (unit: string, text: string): Outcome => {
    const path = join(directory, unit);
    writeFileSync(
      path,
      text
        .replaceAll('/opt/mcpo-mcp-server/bin/node', process.execPath)
        .replaceAll('/opt/mcpo-mcp-server/deploy/', `${ROOT}deploy/`),
    );
    return run('systemd-analyze', 'verify', '--recursive-errors=no', '--man=no', path);
  };

  it.each(UNITS)('%s has nothing that systemd does not know', (unit) => {
    if (unit.endsWith('.timer')) verify('mcpo-backup.service', unitText('mcpo-backup.service'));
    expect(verify(unit, unitText(unit))).toEqual({ code: 0, output: '' });
  });

  it('would be told of a word that systemd does not know', () => {
    const wrong = unitText('mcpo-mcp-server.service').replace('ProtectHome=', 'ProtectHouse=');
    expect(verify('wrong.service', wrong).output).toContain('ProtectHouse');
  });

  it.each(SERVICES)(`%s is exposed at most ${MOST_EXPOSED}`, (unit) => {
    const exposure = (path: string): number => {
      const { output } = run('systemd-analyze', 'security', '--offline=true', '--no-pager', path);
      return Number(/Overall exposure level for \S+: ([\d.]+)/.exec(output)?.[1]);
    };
    expect(exposure(`deploy/systemd/${unit}`)).toBeLessThanOrEqual(MOST_EXPOSED);
  });

  it('sets variables that the server knows, and nothing secret', () => {
    const set = [...unitText('mcpo-mcp-server.service').matchAll(/^Environment=(\w+)=/gm)].map(
      ([, name = '']) => name,
    );
    const known = Object.keys(new Environment());
    expect(set.filter((name) => !known.includes(name) && !name.startsWith('MALLOC_'))).toEqual(['HOME']);
    expect(set.filter((name) => /KEY|SECRET|PASSWORD/.test(name))).toEqual([]);
    expect(set).toEqual(expect.arrayContaining(['MCP_PORT', 'BIND_IP', 'LOG_LEVEL', 'LOG_DIR']));
  });

  it('start again after a crash: nothing that stops with the service is required by it', () => {
    const unit = unitText('mcpo-mcp-server.service');
    expect(unit).toMatch(/^PropagatesStopTo=mcpo-mcp-server\.socket$/m);
    expect(unit).toMatch(/^Wants=.*\bmcpo-mcp-server\.socket$/m);
    expect(unit).not.toMatch(/^(Requires|Requisite|BindsTo|PartOf)=/m);
    expect(unit).toMatch(/^Restart=always$/m);
  });

  it('leave it to the operator where probes may go, with a line to say it', () => {
    expect(unitText('mcpo-mcp-server.service')).toMatch(/^#PROBE_POLICY=strict$/m);
    expect(textOf('deploy/systemd/environment')).toMatch(/^#PROBE_POLICY=strict$/m);
  });
});

describeWithParts('The file for logrotate', ['logrotate'], () => {
  const path = 'deploy/logrotate/mcpo-mcp-server';

  it("says what the guide's says, and reloads the server", () => {
    const [log = ''] = textOf(path).match(/^\/var\/log\/mcpo-mcp-server\/\*\.log \{[^}]*\}/m) ?? [];
    for (const line of ['daily', 'rotate 30', 'compress', 'missingok']) {
      expect(log.split('\n').map((one) => one.trim())).toContain(line);
    }
    expect(log).toMatch(/postrotate\n.*systemctl reload mcpo-mcp-server/);
  });

  it('can be read by logrotate', () => {
    const directory = mkdtempSync(join(tmpdir(), 'mcpo-logrotate-'));
    try {
      // The user of the server need not be on this machine.
      const here = join(directory, 'mcpo');
      writeFileSync(here, textOf(path).replaceAll('su mcpo mcpo', 'su root root'), { mode: 0o644 });
      const { code, output } = run('logrotate', '-d', '-s', join(directory, 'state'), here);
      expect({ code, errors: output.match(/^error:.*/gm) }).toEqual({ code: 0, errors: null });
      expect(output).toContain('Handling 2 logs');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
