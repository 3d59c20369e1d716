// The field: MCP servers and OpenAPI documents that others have published, each in a real start of the product. Prints
// the tables of docs/upstreams.md, and fails when something is not as it has to be. Needs the registry of npm, for which
// reason it is not part of CI; whatever it installs is in a directory that is gone afterwards. Calls go to a server on
// loopback that answers in the shape of the document, never to the service itself.
//
//   npm run test:field
//   npm run test:field -- GitHub Stripe      (these documents alone)
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DOCUMENTS } from './documents.mjs';
import { Product } from './product.mjs';
import { sample } from './sample.mjs';
import { SERVERS, SOUND_FILE } from './servers.mjs';

/** What has to hold, on a machine that does nothing else; each may be set by the environment. */
const BOUNDS = {
  silenceMs: Number(process.env.FIELD_MAX_SILENCE_MS ?? 50),
  listMs: Number(process.env.FIELD_MAX_LIST_MS ?? 5000),
  memoryMiB: Number(process.env.FIELD_MAX_MEMORY_MIB ?? 400),
};
const INSTALL_MS = 5 * 60_000;
const TIME_LIMIT_MS = 15 * 60_000;
/** Reasons that are named for one document. */
const MAX_REASONS = 3;

const faults = [];
const chosen = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), 'mcpo-field-'));

function install(packages) {
  writeFileSync(join(directory, 'package.json'), '{"private":true}');
  const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-save', '--loglevel=error'];
  execFileSync('npm', ['install', ...options, ...packages], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: INSTALL_MS,
  });
}

const versionOf = (name) =>
  JSON.parse(readFileSync(join(directory, 'node_modules', name, 'package.json'), 'utf8')).version;

/** The service behind all documents: it answers whatever it is asked with what it was told last. */
async function startService() {
  const service = { answer: {}, requests: 0 };
  const server = createServer((request, response) => {
    request.resume();
    service.requests += 1;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(service.answer));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  service.url = `http://127.0.0.1:${server.address().port}`;
  service.stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return service;
}

/** The path of a document, unpacked where it is not. */
function documentPath({ title, package: name, file }) {
  const path = join(directory, 'node_modules', name, file);
  if (!file.endsWith('.gz')) return path;
  const unpacked = join(directory, `${title}.json`);
  writeFileSync(unpacked, gunzipSync(readFileSync(path)));
  return unpacked;
}

const outcomeOf = ({ result, error }) => {
  if (error !== undefined) return `error ${error.code}: ${error.message}`;
  return result.isError === true ? `isError: ${result.content[0]?.text?.slice(0, 200)}` : 'ok';
};

function check(title, { silence, listMs, peakMiB }) {
  const silenceMs = silence.server - silence.machine;
  if (silenceMs > BOUNDS.silenceMs)
    faults.push(`${title}: /health/live was silent for ${Math.round(silenceMs)} ms`);
  if (listMs > BOUNDS.listMs) faults.push(`${title}: tools/list came after ${Math.round(listMs)} ms`);
  if (peakMiB > BOUNDS.memoryMiB) faults.push(`${title}: ${Math.round(peakMiB)} MiB of memory`);
}

/** One document in a start of its own. */
async function tryDocument(document, service) {
  const { title } = document;
  const entry = { openapi: documentPath(document), baseUrl: service.url, retries: 0 };
  const product = await Product.start(directory, { api: entry });
  try {
    const [report] = await product.upstreams();
    const upMs = performance.now() - product.startedAt;
    if (report.state !== 'up') faults.push(`${title} is ${report.state}: ${report.lastError?.message}`);
    const { tools, ms: listMs } = await product.tools();
    const own = tools.filter(({ name }) => name.startsWith('api_'));
    const called = own.find(({ annotations }) => annotations?.readOnlyHint === true) ?? own[0];
    let outcome = 'none';
    if (called !== undefined) {
      const before = service.requests;
      service.answer =
        called.outputSchema === undefined ? {} : sample(called.outputSchema, called.outputSchema, true);
      const answer = await product.mcp('tools/call', {
        name: called.name,
        arguments: sample(called.inputSchema),
      });
      outcome = service.requests > before ? outcomeOf(answer) : `did not arrive: ${outcomeOf(answer)}`;
    }
    if (outcome !== 'ok') faults.push(`${title}: the call of ${called?.name} ended with ${outcome}`);
    const measured = { silence: await product.silence(), listMs, peakMiB: product.peakMiB };
    check(title, measured);
    const { leftOut = [], leftOutCount = 0, quarantined } = report;
    const set = [...leftOut, ...quarantined];
    const reasons = [...new Set(set.map(({ reason }) => reason.split(':', 1)[0]))].slice(0, MAX_REASONS);
    return [
      `${title} (${document.package} ${versionOf(document.package)})`,
      String(report.tools.length),
      leftOutCount + quarantined.length === 0
        ? '0'
        : `${leftOutCount + quarantined.length}: ${reasons.join('; ')}`,
      seconds(upMs),
      seconds(listMs),
      silenceText(measured),
      `${Math.round(measured.peakMiB)} MiB`,
      outcome,
    ];
  } finally {
    await product.stop();
  }
}

const silenceText = ({ silence }) => `${Math.round(silence.server)} (${Math.round(silence.machine)}) ms`;
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** Short, so that the names of its tools have room behind it. */
const nameOf = ({ package: name }) => name.replace(/^.*\//, '').replace('server-', '');

/** All servers in one start, as somebody has them in one file. */
async function tryServers() {
  const home = join(directory, 'home');
  mkdirSync(home);
  writeFileSync(join(home, SOUND_FILE), 'export const a = 1;\n');
  writeFileSync(join(home, 'eslint.config.mjs'), 'export default [{ rules: {} }];\n');
  const entries = SERVERS.map(({ package: name, program, args }) => [
    nameOf({ package: name }),
    {
      command: process.execPath,
      args: [realpathSync(join(directory, 'node_modules/.bin', program)), ...(args?.(home) ?? [])],
      env: { PATH: process.env.PATH, HOME: home, MEMORY_FILE_PATH: join(home, 'memory.json') },
      cwd: home,
    },
  ]);
  const product = await Product.start(directory, Object.fromEntries(entries));
  try {
    const reports = new Map((await product.upstreams()).map((report) => [report.name, report]));
    const upMs = performance.now() - product.startedAt;
    const { ms: listMs } = await product.tools();
    const rows = [];
    for (const server of SERVERS) {
      const name = nameOf(server);
      const { state, tools, quarantined, lastError } = reports.get(name);
      const [tool, args] = server.call;
      const outcome = outcomeOf(
        await product.mcp('tools/call', { name: `${name}_${tool}`, arguments: args(home) }),
      );
      if (state !== 'up') faults.push(`${name} is ${state}: ${lastError?.message}`);
      if (outcome !== 'ok') faults.push(`${name}: the call of ${tool} ended with ${outcome}`);
      rows.push([
        `${server.package} ${versionOf(server.package)}`,
        String(tools.length),
        quarantined.length === 0 ? '0' : `${quarantined.length}: ${quarantined[0].reason}`,
        `${tool}: ${outcome}`,
      ]);
    }
    const measured = { silence: await product.silence(), listMs, peakMiB: product.peakMiB };
    check('The servers together', measured);
    const summary = `Together: up after ${seconds(upMs)}, tools/list after ${seconds(listMs)}, longest silence ${silenceText(measured)}, ${Math.round(measured.peakMiB)} MiB.`;
    return { rows, summary };
  } finally {
    await product.stop();
  }
}

/** A table as prettier writes it. */
function table(head, rows) {
  const widths = head.map((cell, column) => Math.max(...[head, ...rows].map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join(
    '\n',
  );
}

async function main() {
  const documents = DOCUMENTS.filter(({ title }) => chosen.length === 0 || chosen.includes(title));
  const hasServers = chosen.length === 0 || chosen.includes('servers');
  const packages = [...documents, ...(hasServers ? SERVERS : [])].map(({ package: name }) => name);
  install([...new Set(packages)]);
  const service = await startService();
  const rows = [];
  for (const document of documents) rows.push(await tryDocument(document, service));
  await service.stop();
  const heads = ['Document', 'Operations', 'Left out', 'Up', '`tools/list`', 'Silence', 'Memory', 'A call'];
  if (rows.length > 0) console.log(`\n${table(heads, rows)}`);
  if (hasServers) {
    const { rows: servers, summary } = await tryServers();
    console.log(`\n${table(['Server', 'Tools', 'Set aside', 'A call'], servers)}\n\n${summary}`);
  }
  if (faults.length > 0)
    console.error(`\nNot as it has to be:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  return faults.length === 0 ? 0 : 1;
}

async function end(code) {
  await Product.stopAll();
  rmSync(directory, { recursive: true, force: true });
  process.exit(code);
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void end(130));
setTimeout(() => {
  console.error('The field takes too long');
  void end(1);
}, TIME_LIMIT_MS).unref();

let code = 1;
try {
  code = await main();
} catch (error) {
  console.error(error);
}
await end(code);
