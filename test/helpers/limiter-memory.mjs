// node --expose-gc limiter-memory.mjs: counts for 100,000 addresses and 100,000 keys in the built store, three times
// over, and prints what it took. A process of its own, so that nothing else is on the heap.
import { MAX_WINDOWS, MemoryWindowStore } from '../../dist/access/limits/memory-window.store.js';

const CALLERS = 100_000;
const WINDOW_MS = 900_000;

const heap = () => {
  globalThis.gc();
  return process.memoryUsage().heapUsed;
};
const store = new MemoryWindowStore({ now: () => Date.now() });
const before = heap();
let largest = 0;
for (const round of ['a', 'b', 'c']) {
  for (let caller = 0; caller < CALLERS; caller += 1) {
    const network = caller.toString(16).padStart(8, '0');
    await store.increment(`ip:2001:${round}:${network.slice(0, 4)}:${network.slice(4)}::/64`, WINDOW_MS, 100);
    await store.increment(`key:client-${round}-of-the-limiter-${caller}`, WINDOW_MS, 100);
    largest = Math.max(largest, store.size);
  }
}
console.log(JSON.stringify({ bound: MAX_WINDOWS, largest, size: store.size, grownBytes: heap() - before }));
