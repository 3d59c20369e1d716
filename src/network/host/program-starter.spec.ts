import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../../../test/helpers/wait-for.js';
import type { StarterReport } from './program-starter.js';

describe('The process that starts programs', () => {
  it('takes its programs with it when the server has gone, however that ended', async () => {
    const starter = fork(fileURLToPath(new URL('./program-starter.ts', import.meta.url)), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const args = [
      '-e',
      'process.on("SIGTERM", () => {}); console.log(process.pid); setInterval(() => {}, 1000)',
    ];
    starter.send({ id: 1, program: process.execPath, args, path: '/bin', maxOutputBytes: 1000 });
    let pid: string | undefined;
    starter.on('message', (report: StarterReport) => {
      if ('text' in report) pid = report.text.trim();
    });
    await waitFor(() => pid !== undefined);
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    // What the kernel does with the channel of a process that ends.
    starter.disconnect();
    expect(await once(starter, 'exit')).toEqual([0, null]);
    await waitFor(() => !existsSync(`/proc/${pid}`));
  });
});
