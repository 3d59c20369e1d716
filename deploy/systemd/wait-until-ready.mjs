// ExecStartPost: comes back when the server is ready. Fails when it ends before (MAINPID is systemd's), or is not ready
// in time.
import { setTimeout as sleep } from 'node:timers/promises';

const WAIT_MS = 45_000;
const EVERY_MS = 200;

const { MCP_PORT, BIND_IP, MAINPID } = process.env;
const everywhere = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };
const host = everywhere[BIND_IP] ?? (BIND_IP.includes(':') ? `[${BIND_IP}]` : BIND_IP);
const url = `http://${host}:${MCP_PORT}/health/ready`;

const isReady = () =>
  fetch(url, { signal: AbortSignal.timeout(4000) }).then(
    ({ ok }) => ok,
    () => false,
  );

function hasEnded() {
  try {
    process.kill(Number(MAINPID), 0);
    return false;
  } catch ({ code }) {
    return code === 'ESRCH';
  }
}

function fail(why) {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}

const giveUpAt = Date.now() + WAIT_MS;
while (!(await isReady())) {
  if (MAINPID !== undefined && hasEnded()) {
    fail('The server has ended before it was ready; its lines above say why.');
  }
  if (Date.now() > giveUpAt) {
    fail(`${url} does not say that the server is ready after ${WAIT_MS / 1000} s.`);
  }
  await sleep(EVERY_MS);
}
