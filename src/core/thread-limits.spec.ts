import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { leaveThreadsTheirLimits } from './thread-limits.js';

const MEBIBYTE = 1_048_576;

/** The heaps of the main thread and of one that may have 32 MiB, in MiB, of a process with the flag. */
async function limitsWith(flag: string, before: string): Promise<number[]> {
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
  const { stdout } = await promisify(execFile)(process.execPath, [flag, '--input-type=module', '-e', script]);
  return (JSON.parse(stdout) as number[]).map((bytes) => bytes / MEBIBYTE);
}

// A heap may have three times the semi-space besides what is long-lived.
describe.each([
  ['--max-old-space-size=512', 512],
  ['--max-semi-space-size=128', 384],
])(`${leaveThreadsTheirLimits.name} with %s`, (flag, least) => {
  it('keeps the limit of the process from threads that have one of their own', async () => {
    const [main, thread] = await limitsWith(flag, 'leaveThreadsTheirLimits();');
    expect(main).toBeGreaterThanOrEqual(least);
    expect(thread).toBeLessThan(64);
  });

  it('is needed', async () => {
    const [, thread] = await limitsWith(flag, '');
    expect(thread).toBeGreaterThanOrEqual(least);
  });
});
