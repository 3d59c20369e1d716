// npm run preflight: the production checklist, asked of a running system. A line per box; with an open one the exit
// code is 1 and the line below it says how to mend it. Sends a few requests, and changes nothing but the file of
// --record-baseline.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { trailIsKept } from './preflight/audit-trail.mjs';
import { need, Open, READ_IT } from './preflight/box.mjs';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const HELP = `Usage: npm run preflight -- [options]

  --url URL            the server itself                 (http://127.0.0.1:8000)
  --public-url URL     what clients call, with TLS       (none: boxes 3 and 5 stay open)
  --prometheus URL     the Prometheus that watches it    (http://127.0.0.1:9090)
  --environment FILE   its secrets and settings          (/etc/mcpo-mcp-server/environment; - is standard input)
  --audit FILE         its audit trail: a file, or a saved log that it is in (what AUDIT_LOG names)
  --backups DIRECTORY  where its backups lie             (/var/backups/mcpo-mcp-server)
  --baseline FILE      what calls took when all was well (/var/lib/mcpo-mcp-server/baseline.json)
  --record-baseline    measure that now, and write it
`;
const { values: options } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8000' },
    'public-url': { type: 'string' },
    prometheus: { type: 'string', default: 'http://127.0.0.1:9090' },
    environment: { type: 'string', default: '/etc/mcpo-mcp-server/environment' },
    audit: { type: 'string' },
    backups: { type: 'string', default: '/var/backups/mcpo-mcp-server' },
    baseline: { type: 'string', default: '/var/lib/mcpo-mcp-server/baseline.json' },
    'record-baseline': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

/** The keys that stand in the deployment guide. */
const SAMPLE_KEYS = [
  ...['dev-key-12345', 'your-api-key', 'your-api-key-1', 'your-api-key-2', 'prod-key-1', 'prod-key-2'],
];
const SHORTEST_KEY = 32;
const CERTIFICATE_DAYS = 14;
const BACKUP_HOURS = 26;
const MOST_EXPOSED = 3;
const P95_MS = 500;
const SAMPLES = 20;
/** Times the baseline. */
const SLOWER = 3;
const MINT = 'mint keys with "openssl rand -hex 32", put them into MCP_API_KEYS and restart';

const output = (program, ...args) => {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
};

/** The settings in force: those of the shell, of the unit, and of the environment file, the later ones winning. */
function readSettings() {
  const assignments = (text) => Object.fromEntries([...text.matchAll(/^\s*([A-Z]\w*)=(.*)$/gm)].map(pair));
  const pair = ([, name, value]) => [name, value.trim().replace(/^(["'])(.*)\1$/, '$2')];
  const unit = output('systemctl', 'show', '-P', 'Environment', 'mcpo-mcp-server').split(' ').join('\n');
  const { environment } = options;
  const own = { ...process.env, ...assignments(unit) };
  try {
    const file = readFileSync(environment === '-' ? 0 : environment, 'utf8');
    return {
      settings: { ...own, ...assignments(file) },
      source: environment === '-' ? 'standard input' : environment,
    };
  } catch {
    // Not under systemd, or not root: then the settings are those of this shell.
    return { settings: own, source: unit === '' ? 'this shell' : 'the unit' };
  }
}
const { settings, source } = readSettings();
const keys = (settings.MCP_API_KEYS ?? '').split(',').flatMap((key) => key.trim() || []);
const isSet = (name) => (settings[name] ?? '').trim() !== '';

const get = (base, path) => fetch(new URL(path, base), { signal: AbortSignal.timeout(5000) });
const reach = async (base, path, mend) => {
  try {
    return await get(base, path);
  } catch (error) {
    throw new Open(`${new URL(path, base)} does not answer: ${error.cause?.code ?? error.message}`, mend);
  }
};
const post = (key, method, params = {}) =>
  fetch(new URL('/mcp', options.url), {
    method: 'POST',
    headers: key === undefined ? {} : { 'x-api-key': key },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(10_000),
  });
const ask = async (path) =>
  (await (await reach(options.prometheus, path, 'start Prometheus, and name it with --prometheus')).json())
    .data;

async function environmentIsConfigured() {
  const health = await reach(options.url, '/health', 'start the server, or name it with --url');
  need(health.ok, `/health answers ${health.status}`, 'see docs/runbook.md, "Service won\'t start"');
  const elsewhere = `set it, or name the settings of the server with --environment (these are those of ${source})`;
  need(settings.NODE_ENV === 'production', 'NODE_ENV is not production', elsewhere);
  for (const name of ['MCP_STATE_SECRET', 'AUDIT_KEY']) {
    const hasIt = isSet(name) || isSet(`${name}_FILE`);
    need(hasIt, `${name} is not set`, `set ${name} to the output of "openssl rand -hex 32"`);
  }
  return `production by the settings of ${source}, ${options.url} is healthy`;
}

async function keysAreRotated() {
  for (const key of SAMPLE_KEYS) {
    need(!keys.includes(key), `MCP_API_KEYS has the sample key ${key}`, MINT);
    const { status } = await post(key, 'ping');
    need(status === 401, `the sample key ${key} is answered with ${status}`, MINT);
  }
  const inFile = isSet('MCP_API_KEYS_FILE') ? keysIn(settings.MCP_API_KEYS_FILE.trim()) : 0;
  need(keys.length + inFile > 0, 'there is no key', MINT);
  const short = keys.filter((key) => key.length < SHORTEST_KEY).length;
  need(short === 0, `${short} of ${keys.length} keys are under ${SHORTEST_KEY} characters`, MINT);
  const counts = [
    ...(keys.length > 0 ? [`${keys.length} keys of ${SHORTEST_KEY} characters or more`] : []),
    ...(inFile > 0 ? [`${inFile} in the keys file`] : []),
  ];
  return `no sample opens it; ${counts.join(', ')}`;
}

function keysIn(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).keys.length;
  } catch (error) {
    throw new Open(`${path} cannot be read: ${error.code ?? 'it is no keys file'}`, READ_IT);
  }
}

const publicUrl = () => {
  const url = URL.parse(options['public-url'] ?? '');
  need(
    url?.protocol === 'https:',
    'no https URL is named',
    'name what clients call: --public-url https://...',
  );
  return url;
};

async function tlsIsConfigured() {
  const { hostname, port } = publicUrl();
  const { certificate, protocol } = await new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port || 443), servername: hostname }, () => {
      resolve({ certificate: socket.getPeerCertificate(), protocol: socket.getProtocol() });
      socket.destroy();
    });
    socket.setTimeout(5000, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
  }).catch((error) => {
    const mend = error.code?.includes('SELF_SIGNED')
      ? 'get a certificate of a public authority, or trust this one: NODE_EXTRA_CA_CERTS=mcpo.crt npm run preflight ...'
      : 'see docs/deployment.md, "nginx"';
    throw new Open(`TLS with ${hostname} fails: ${error.code ?? error.message}`, mend);
  });
  const days = Math.floor((Date.parse(certificate.valid_to) - Date.now()) / 86_400_000);
  need(days >= CERTIFICATE_DAYS, `the certificate ends in ${days} days`, 'renew it');
  return `${protocol}, certificate good for ${days} days`;
}

async function monitoringIsSetUp() {
  const { activeTargets } = await ask('/api/v1/targets?state=active');
  const ours = activeTargets.filter(({ labels }) => labels.job.includes('mcpo'));
  need(ours.length > 0, 'Prometheus scrapes no server', 'use deploy/prometheus/prometheus.yml');
  // What has not been scraped yet is not an error: "unknown".
  const silent = ours.find(({ health }) => health !== 'up');
  need(
    silent === undefined,
    `Prometheus gets nothing from ${silent?.scrapeUrl}: ${silent?.lastError || silent?.health}`,
    'start the server, with METRICS_ENABLED=true, and let Prometheus reach it',
  );
  const names = (await ask('/api/v1/rules')).groups.flatMap(({ rules }) => rules.map(({ name }) => name));
  need(names.includes('McpoDown'), 'Prometheus has no alert McpoDown', 'load deploy/prometheus/rules');
  const { activeAlertmanagers } = await ask('/api/v1/alertmanagers');
  need(activeAlertmanagers.length > 0, 'no Alertmanager is connected', 'see docs/deployment.md, "Alerts"');
  return `${ours.length} servers up, alerts loaded, Alertmanager connected`;
}

async function loadBalancerIsConfigured() {
  const url = publicUrl();
  const { ok, status } = await reach(url, '/health', 'see docs/deployment.md, "nginx"');
  need(ok, `${url.origin}/health answers ${status}`, 'see the log of the load balancer');
  const trust = settings.TRUST_PROXY ?? 'false';
  need(
    trust !== 'false',
    'TRUST_PROXY is false: all clients share one limit',
    "set it to the proxy's address",
  );
  return `${url.origin} answers, TRUST_PROXY=${trust}`;
}

function backupsAreMade() {
  const mend =
    'systemctl enable --now mcpo-backup.timer; systemctl start mcpo-backup (with Compose: docs/deployment.md, "Backup")';
  let names = [];
  try {
    names = readdirSync(options.backups).filter((name) => /^mcpo-config-backup-.*\.tar\.gz$/.test(name));
  } catch (error) {
    throw new Open(`${options.backups} cannot be read: ${error.code}`, mend);
  }
  const newest = names.sort().at(-1);
  need(newest !== undefined, `there is no backup in ${options.backups}`, mend);
  const path = join(options.backups, newest);
  const hours = Math.floor((Date.now() - statSync(path).mtimeMs) / 3_600_000);
  need(hours <= BACKUP_HOURS, `${newest} is ${hours} hours old`, mend);
  const hasSecrets = /^(.*\/)?(etc\/mcpo-mcp-server\/environment|\.env)$/m.test(output('tar', '-tzf', path));
  need(hasSecrets, `${newest} has no environment file in it`, mend);
  return `${newest}, ${hours} hours old; try a restore on another host`;
}

async function securityIsAudited() {
  const { status } = await post(undefined, 'tools/list');
  need(status === 401, `without a key /mcp answers ${status}`, 'look who answers there');
  const report = await (await reach(options.url, '/status', 'name the server with --url')).json();
  const trail = await trailIsKept(report.audit, { settings, url: options.url, file: options.audit });
  if (options['public-url'] !== undefined) {
    const metrics = await reach(publicUrl(), '/metrics', 'see box 5');
    need(!metrics.ok, '/metrics is open to everybody', 'let deploy/nginx or your proxy answer 403');
  }
  const said = output('systemd-analyze', 'security', '--no-pager', 'mcpo-mcp-server.service');
  const exposure = /Overall exposure level.*: ([\d.]+)/.exec(said)?.[1];
  const mend = 'take drop-ins out: systemctl edit mcpo-mcp-server';
  need(
    exposure === undefined || Number(exposure) <= MOST_EXPOSED,
    `the unit's exposure is ${exposure}`,
    mend,
  );
  return `401 without a key, ${trail}${exposure === undefined ? '' : `, exposure ${exposure}`}`;
}

async function p95() {
  const where = isSet('MCP_API_KEYS_FILE')
    ? 'mint one for it, and set MCP_API_KEYS to it here (the keys file has digests only)'
    : `set MCP_API_KEYS here, or name the settings of the server with --environment${process.getuid?.() === 0 ? '' : ', as root'}`;
  need(keys.length > 0, 'there is no key to measure with', where);
  const times = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const startedAt = performance.now();
    const answer = await post(keys[0], 'tools/call', { name: 'network_interfaces', arguments: {} });
    await answer.text();
    need(answer.ok, `a call is answered with ${answer.status}`, 'see docs/errors.md; 429 passes by itself');
    times.push(performance.now() - startedAt);
  }
  return Math.ceil(times.toSorted((a, b) => a - b)[Math.floor(SAMPLES * 0.95)]);
}

async function baselineIsEstablished() {
  const now = await p95();
  need(now < P95_MS, `the 95th percentile is ${now} ms`, 'see docs/runbook.md, "Performance issues"');
  if (options['record-baseline']) {
    const record = { tool: 'network_interfaces', p95Ms: now, at: new Date().toISOString() };
    writeFileSync(options.baseline, `${JSON.stringify(record)}\n`);
  }
  let baseline;
  try {
    baseline = JSON.parse(readFileSync(options.baseline, 'utf8'));
  } catch {
    throw new Open(`${options.baseline} cannot be read`, 'record one while all is well: --record-baseline');
  }
  const most = Math.max(baseline.p95Ms * SLOWER, P95_MS / 10);
  const mend = 'see docs/runbook.md, "Performance issues"; if this is how it shall be: --record-baseline';
  need(now <= most, `the 95th percentile is ${now} ms; the baseline is ${baseline.p95Ms} ms`, mend);
  return `95th percentile ${now} ms, baseline ${baseline.p95Ms} ms of ${baseline.at}`;
}

function runbookIsThere() {
  const mend = 'write down for each alert what to do';
  const runbook = readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8');
  const rules = readFileSync(join(ROOT, 'deploy/prometheus/rules/mcpo.rules.yml'), 'utf8');
  const alerts = [...rules.matchAll(/alert: (\w+)/g)].map(([, alert]) => alert);
  const missing = alerts.filter((alert) => !runbook.includes(alert));
  need(missing.length === 0, `docs/runbook.md says nothing of ${missing.join(', ')}`, mend);
  return `docs/runbook.md covers all ${alerts.length} alerts`;
}

const BOXES = [
  { box: 'Environment variables configured', holds: environmentIsConfigured },
  { box: 'API keys rotated from defaults', holds: keysAreRotated },
  { box: 'HTTPS/TLS configured', holds: tlsIsConfigured },
  { box: 'Monitoring and alerting set up', holds: monitoringIsSetUp },
  { box: 'Load balancer configured', holds: loadBalancerIsConfigured },
  { box: 'Backup strategy implemented', holds: backupsAreMade },
  { box: 'Security audit completed', holds: securityIsAudited },
  { box: 'Performance baseline established', holds: baselineIsEstablished },
  { box: 'Runbook documentation created', holds: runbookIsThere },
];

let open = 0;
for (const { box, holds } of BOXES) {
  try {
    console.log(`[x] ${box}: ${await holds()}`);
  } catch (error) {
    open += 1;
    console.log(`[ ] ${box}: ${error.message}\n      ${error.mend ?? 'name the server with --url'}`);
  }
}
console.log(open === 0 ? 'Ready for production.' : `${open} of ${BOXES.length} boxes are open.`);
process.exit(open === 0 ? 0 : 1);
