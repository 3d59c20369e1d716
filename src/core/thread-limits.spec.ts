import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { leaveThreadsTheirLimits } from './thread-limits.js';

const MEBIBYTE = 1_048_576;
const FLAG = '--max-old-space-size=512';

/** The heaps of the main thread and of one that may have 32 MiB, in MiB, of a process with the flag. */
async function limitsWith(before: string): Promise<number[]> {
  const script = `
    import { Worker } from 'node:worker_threads';
    import { getHeapStatistics } from 'node:v8';
    import { leaveThreadsTheirLimits } from ${JSON.stringify(pathToFileURL(join(__dirname, 'thread-limits.ts')).href)};
    ${before}
    const thread = new Worker(
      'require("node:worker_threads").parentPort.postMessage(require("node:v8").getHeapStatistics().heap_size_limit)',
      { eval: true, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8 } },
    );
    thread.on('message', (limit) => console.log(JSON.stringify([getHeapStatistics().heap_size_limit, limit])));`;
  const { stdout } = await promisify(execFile)(process.execPath, [FLAG, '--input-type=module', '-e', script]);
  return (JSON.parse(stdout) as number[]).map((bytes) => bytes / MEBIBYTE);
}

describe(leaveThreadsTheirLimits.name, () => {
  it('keeps the limit of the process from threads that have one of their own', async () => {
    const [main, thread] = await limitsWith('leaveThreadsTheirLimits();');
    expect(main).toBeGreaterThanOrEqual(512);
    expect(thread).toBeLessThan(64);
  });

  it('is needed', async () => {
    const [, thread] = await limitsWith('');
    expect(thread).toBeGreaterThanOrEqual(512);
  });
});
