import { createServer } from 'node:net';

/**
 * Below the ports that Linux gives to connections (32768 and up), and with room for the bus of a Redis cluster at
 * +10,000.
 */
const [FIRST, COUNT] = [10_000, 10_000];
/** More than Jest has workers: each has ports of its own. */
const STRIDE = 64;
const own = Number(process.env['JEST_WORKER_ID'] ?? 0) % STRIDE;
let next = Math.floor(Math.random() * (COUNT / STRIDE));

/**
 * A port of the loopback interface for programs that cannot choose one themselves, or that come back on the one they
 * had: no connection takes it in the meantime, and no other worker.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    next = (next + 1) % Math.floor(COUNT / STRIDE);
    const port = FIRST + next * STRIDE + own;
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
