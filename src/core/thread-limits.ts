import { setFlagsFromString } from 'node:v8';

/**
 * Lets each thread have the heap that it is started with. A limit that Node.js itself was started with
 * (`--max-old-space-size`, `NODE_OPTIONS`) counts for threads over their own. The main thread keeps it: its heap is
 * there already.
 */
export function leaveThreadsTheirLimits(): void {
  setFlagsFromString('--max-old-space-size=0');
  setFlagsFromString('--max-heap-size=0');
}
