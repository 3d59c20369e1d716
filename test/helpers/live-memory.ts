import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What is reachable in this process, in MiB: heap, and what hangs on it outside. */
export function liveMiB(): number {
  collect();
  // What is outside of the heap goes with what was found dead in it.
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1_048_576;
}
