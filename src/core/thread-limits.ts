import { setFlagsFromString } from 'node:v8';

/** What Node.js may be told of its heap: of long-lived objects, of all of it, of short-lived ones. */
const FLAGS = ['--max-old-space-size', '--max-heap-size', '--max-semi-space-size'];

/**
 * Lets each thread have the heap that it is started with. A limit that Node.js itself was started with
 * (`--max-old-space-size`, `NODE_OPTIONS`) counts for threads over their own. The main thread keeps it: its heap is
 * there already.
 */
export function leaveThreadsTheirLimits(): void {
  for (const flag of FLAGS) setFlagsFromString(`${flag}=0`);
}
