import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readProjectFile } from '../docs/markdown.js';
import { MonitoringProcess } from '../helpers/monitoring-process.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { ServerProcess, SMOKE_KEY } from '../helpers/server-process.js';
import { ShippedNginx } from '../helpers/shipped-nginx.js';
import { waitFor } from '../helpers/wait-for.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SECRET = '0123456789abcdef0123456789abcdef';
const SETTINGS = {
  NODE_ENV: 'production',
  MCP_API_KEYS: SMOKE_KEY,
  MCP_STATE_SECRET: SECRET,
  AUDIT_KEY: SECRET,
  TRUST_PROXY: '127.0.0.1',
};
const ENVIRONMENT = Object.entries(SETTINGS)
  .map(
    ([name, value]) => `${name}=${value}
`,
  )
  .join('');
/** How fast this machine is decides over it. */
const TIMED = 'Performance baseline established';

const parts = ['nginx', 'openssl', 'prometheus', 'prometheus-alertmanager'];

describeWithParts('Preflight of a server behind the shipped nginx, with monitoring', parts, () => {
  let directory: string;
  let server: ServerProcess;
  let nginx: ShippedNginx;
  let alertmanager: MonitoringProcess;
  let prometheus: MonitoringProcess;

  /** deploy/prometheus/prometheus.yml, but that everything is here, and soon. */
  const configuration = (target: string, alerts: string): string =>
    readProjectFile('deploy/prometheus/prometheus.yml')
      .replaceAll('15s', '1s')
      .replace('rules/*', `${ROOT}deploy/prometheus/rules/*`)
      .replace('alertmanager:9093', alerts)
      .replace(/'mcpo-1:8000'.*'mcpo-3:8000'/, `'${target}'`);
  const hostOf = ({ url }: { readonly url: string }): string => new URL(url).host;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mcpo-preflight-'));
    mkdirSync(join(directory, 'etc/mcpo-mcp-server'), { recursive: true });
    server = await ServerProcess.listening(SETTINGS);
    const backend = hostOf(server);
    nginx = await ShippedNginx.start({ backends: [backend, backend, backend] });
    alertmanager = await MonitoringProcess.start(
      'prometheus-alertmanager',
      readProjectFile('deploy/prometheus/alertmanager.yml'),
    );
    prometheus = await MonitoringProcess.start('prometheus', configuration(backend, hostOf(alertmanager)));
    writeFileSync(join(directory, 'etc/mcpo-mcp-server/environment'), ENVIRONMENT);
    const backup = join(directory, 'mcpo-config-backup-20261122.tar.gz');
    execFileSync('tar', ['-C', directory, '-czf', backup, 'etc/mcpo-mcp-server']);
  });
  afterAll(async () => {
    await prometheus.stop();
    await alertmanager.stop();
    await nginx.stop();
    await ServerProcess.endAll();
    rmSync(directory, { recursive: true });
  });

  /** The boxes and whether each is ticked. The settings come through a pipe, as those of a container do. */
  async function preflight(
    certificate?: string,
  ): Promise<{ boxes: Record<string, boolean>; output: string }> {
    const log = join(directory, 'server.log');
    writeFileSync(log, server.stdout);
    const args = [
      ...['--audit', log, '--url', server.url, '--public-url', `https://localhost:${nginx.httpsPort}`],
      ...['--prometheus', prometheus.url, '--environment', '-', '--backups', directory],
      ...['--baseline', join(directory, 'baseline.json'), '--record-baseline'],
    ];
    const { PATH } = process.env;
    const env = { PATH, ...(certificate !== undefined && { NODE_EXTRA_CA_CERTS: certificate }) };
    const output = await new Promise<string>((resolve) => {
      const child = execFile(
        process.execPath,
        [`${ROOT}scripts/preflight.mjs`, ...args],
        { env },
        (_error, stdout, stderr) => resolve(stdout + stderr),
      );
      child.stdin?.end(ENVIRONMENT);
    });
    const boxes = [...output.matchAll(/^\[([ x])\] (.*?): /gm)].map(([, mark, box = '']) => [
      box,
      mark === 'x',
    ]);
    return { boxes: Object.fromEntries(boxes) as Record<string, boolean>, output };
  }

  it('ticks every box', async () => {
    await waitFor(async () => {
      const { data } = (await prometheus.api('v1/alertmanagers')) as {
        data: { activeAlertmanagers: unknown[] };
      };
      const targets = (await prometheus.api('v1/targets')) as {
        data: { activeTargets: { health: string }[] };
      };
      return data.activeAlertmanagers.length > 0 && targets.data.activeTargets[0]?.health === 'up';
    });
    const { boxes, output } = await preflight(nginx.certificate);
    expect(Object.keys(boxes)).toHaveLength(9);
    const open = Object.keys(boxes).filter((box) => boxes[box] === false && box !== TIMED);
    expect({ open, output }).toEqual({ open: [], output });
  });

  it('does not take a certificate that nobody knows', async () => {
    const { boxes, output } = await preflight();
    expect(boxes).toMatchObject({ 'HTTPS/TLS configured': false, 'Load balancer configured': false });
    expect(output).toMatch(/SELF_SIGNED.*\n +get a certificate of a public authority, .*NODE_EXTRA_CA_CERTS/);
  });
});
