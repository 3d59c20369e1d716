// Asks /health/live again and again on one connection, in a thread of its own, and remembers the longest silence: the
// longest time from one answer to the next. Told 'mark' it answers with it, and begins anew.
import { Agent, get } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let last = performance.now();
let longest = 0;
let asked = 0;
parentPort.on('message', () => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, and no window
  parentPort.postMessage({ longest: Math.max(longest, performance.now() - last), asked });
  longest = 0;
  asked = 0;
  last = performance.now();
});

function ask() {
  get(`${workerData.url}/health/live`, { agent }, (response) => {
    response.resume();
    response.once('end', () => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      asked += 1;
      setTimeout(ask, 2);
    });
  }).on('error', () => setTimeout(ask, 2));
}
ask();
