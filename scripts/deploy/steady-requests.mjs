// node steady-requests.mjs PORT KEY RATE STOP-FILE: asks for the tools at a fixed rate, whatever comes back, until the
// file is there; by turns on a new connection and on one that is kept. Prints what has become of it, as JSON.
import { existsSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const [port, key, rate, stopFile] = process.argv.slice(2);
const BODY = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} });
/** So few that each is in use all the time. */
const kept = new Agent({ keepAlive: true, maxSockets: 8 });
const counts = { sent: 0, answered: 0, refused: 0, reset: 0, failed: 0, slowestMs: 0 };
const problems = [];

function ask(agent) {
  const begun = performance.now();
  const end = (kind, problem) => {
    counts[kind] += 1;
    counts.slowestMs = Math.max(counts.slowestMs, Math.round(performance.now() - begun));
    if (problem !== undefined) problems.push(problem);
  };
  return new Promise((resolve) => {
    const headers = { 'x-api-key': key, 'content-type': 'application/json' };
    const outgoing = request({ host: '127.0.0.1', port, path: '/mcp', method: 'POST', agent, headers });
    outgoing.on('error', (error) => {
      const kinds = { ECONNREFUSED: 'refused', ECONNRESET: 'reset' };
      const which = outgoing.reusedSocket ? 'kept' : 'new';
      end(kinds[error.code] ?? 'failed', `${error.message} on a ${which} connection`);
      resolve();
    });
    outgoing.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.on('error', (error) => (text = error.message));
      response.on('close', () => {
        const isFine = response.statusCode === 200 && text.includes('"tools"');
        if (isFine) end('answered');
        else end('failed', `${response.statusCode} ${text.slice(0, 100)}`);
        resolve();
      });
    });
    outgoing.end(BODY);
  });
}

const startedAt = performance.now();
const open = [];
while (!existsSync(stopFile)) {
  const due = Math.floor(((performance.now() - startedAt) / 1000) * Number(rate));
  for (; counts.sent < due; counts.sent += 1) open.push(ask(counts.sent % 2 === 0 ? false : kept));
  await sleep(2);
}
await Promise.all(open);
console.log(JSON.stringify({ ...counts, problems: problems.slice(0, 20) }));
process.exit();
