// Loaded into a process that is tested, with `--expose-gc`: at SIGUSR2 it collects what nobody refers to any more, and
// writes what it takes then to standard error, as one line of JSON.
import { setTimeout } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';

const collect = () => globalThis.gc({ type: 'major', execution: 'async' });

async function report() {
  await collect();
  // What is outside of the heap goes with what was found dead in it, a moment later.
  await setTimeout(50);
  await collect();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.stderr.write(`${JSON.stringify({ rss, live: heapUsed + external })}\n`);
}

if (isMainThread) process.on('SIGUSR2', () => void report());
