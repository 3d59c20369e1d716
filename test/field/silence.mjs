// In a thread of its own, for what else goes on here must not count: asks a server again and again, and tells for how long
// it was silent at the worst. A server beside it that has nothing else to do is asked in turn, and tells how long the
// machine keeps anybody waiting.
import { Agent, createServer, get } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

/** Between an answer and the next question, in milliseconds. */
const PAUSE_MS = 2;
const agent = new Agent({ keepAlive: true });

const ask = async (url) => {
  const before = performance.now();
  await new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume();
      response.once('end', resolve);
    }).once('error', reject);
  });
  return performance.now() - before;
};

/** The longest silences, in milliseconds. */
const worst = { server: 0, machine: 0 };

if (workerData.isIdleServer) {
  const idle = createServer((_request, response) => response.end('{}'));
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, and no window
  idle.listen(0, '127.0.0.1', () => parentPort.postMessage(idle.address().port));
} else {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, and no window
  parentPort.on('message', () => parentPort.postMessage(worst));
  for (;;) {
    worst.server = Math.max(worst.server, await ask(workerData.server));
    worst.machine = Math.max(worst.machine, await ask(workerData.idle));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
