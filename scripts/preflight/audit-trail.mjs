import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { need, Open, READ_IT } from './box.mjs';

/** With which of its secrets a server seals its trail. */
const KEYS = ['AUDIT_KEY', 'AUDIT_KEY_FILE', 'MCP_STATE_SECRET', 'MCP_API_KEYS'];
/** The exit code of `audit verify` for a trail that is not whole. */
const FOUND = 1;
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** How long a record of the audit trail may take to reach its file, and how far from its end it is looked for. */
const RECORD_MS = 5000;
const TAIL_BYTES = 1_048_576;

/**
 * The server says whether it keeps a trail; whether that is whole, the trail itself says.
 *
 * @param audit the section of that name in its /status
 * @param server its settings and URL, and the file with its trail, where one was named
 * @returns what was found
 * @throws Open
 */
export async function trailIsKept(audit, { settings, url, file }) {
  const set = 'set AUDIT_LOG=/var/log/mcpo-mcp-server/audit.jsonl, and restart';
  need(audit !== undefined, 'the server keeps no audit trail', set);
  need(
    audit.state === 'up',
    'the server cannot write its audit trail',
    'see docs/audit.md, "When records cannot be written"',
  );
  const setting = (settings.AUDIT_LOG ?? '').trim();
  const isFile = setting.startsWith('/');
  const path = file ?? (isFile ? setting : undefined);
  need(
    path !== undefined,
    'where the audit trail goes is not known here',
    'name it, or a saved log of the server: --audit FILE',
  );
  if (isFile && path === setting) await isWritten(path, url);
  return verified(path, settings);
}

/** That the server at the URL is who writes this file: a request of ours is in it. */
async function isWritten(path, url) {
  const correlationId = `preflight-${randomUUID()}`;
  await fetch(new URL('/health/live', url), { headers: { 'x-correlation-id': correlationId } });
  const until = performance.now() + RECORD_MS;
  while (!tailOf(path).includes(correlationId)) {
    need(
      performance.now() < until,
      `${path} has no record of a request just made`,
      'name the trail of this server: --audit FILE',
    );
    await pause(100);
  }
}

function tailOf(path) {
  try {
    const file = openSync(path, 'r');
    const { size } = fstatSync(file);
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(file, tail, 0, tail.length, size - tail.length);
    closeSync(file);
    return tail.toString('latin1');
  } catch (error) {
    throw new Open(`${path} cannot be read: ${error.code}`, READ_IT);
  }
}

/** Holds the trail against its seals, with the files that rotation has made of it. */
function verified(path, settings) {
  const report = verify(partsOf(path), settings);
  const { chains, findings } = report;
  need(
    findings.length === 0,
    `the audit trail is not whole: ${findings[0]?.text}`,
    'see docs/audit.md, "Verifying"',
  );
  const records = chains.reduce((sum, chain) => sum + chain.verified, 0);
  need(records > 0, `${path} has no record of an audit trail`, 'name the trail of this server: --audit FILE');
  return `${records} records of the audit trail verified`;
}

function partsOf(path) {
  try {
    const names = readdirSync(dirname(path));
    return names
      .filter((name) => name === basename(path) || name.startsWith(`${basename(path)}.`))
      .map((name) => join(dirname(path), name));
  } catch (error) {
    throw new Open(`${dirname(path)} cannot be read: ${error.code}`, READ_IT);
  }
}

/** Answers the report of `audit verify`. */
function verify(files, settings) {
  const env = Object.fromEntries(KEYS.map((name) => [name, settings[name] ?? '']));
  const stdio = ['ignore', 'pipe', 'pipe'];
  try {
    const args = [MAIN, 'audit', 'verify', ...files, '--json'];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', env, stdio }));
  } catch (error) {
    // With findings the report comes as well.
    if (error.status === FOUND) return JSON.parse(error.stdout);
    throw new Open(
      `the audit trail cannot be verified: ${error.stderr.trim().replaceAll('\n', ' ')}`,
      READ_IT,
    );
  }
}
