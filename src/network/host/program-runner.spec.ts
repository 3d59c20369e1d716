import type { ChildProcess } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../../../test/helpers/wait-for.js';
import { linuxPaths } from './system-paths.js';
import { MAX_STARTING, ProgramRunner, type RunOptions } from './program-runner.js';
import type { StarterRequest } from './program-starter.js';

/** Says its process id first, so that the test can look whether it is gone. */
const ANNOUNCE = 'console.log(process.pid);';
const STAY = `${ANNOUNCE} setInterval(() => {}, 1000);`;

describe(ProgramRunner.name, () => {
  let directory: string;
  let sut: ProgramRunner;
  let controller: AbortController;

  /** A program made of JavaScript, on the search path of the runner. */
  const program = (name: string, source: string): string => {
    writeFileSync(join(directory, name), `#!${process.execPath}\n${source}\n`, { mode: 0o755 });
    return name;
  };

  const run = (
    name: string,
    args: string[] = [],
    options: Partial<RunOptions> = {},
  ): ReturnType<ProgramRunner['run']> => sut.run(name, args, { signal: controller.signal, ...options });

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'mcpo-runner-'));
    sut = new ProgramRunner({ ...linuxPaths, programs: directory });
    controller = new AbortController();
  });

  afterEach(() => {
    sut.onApplicationShutdown();
    rmSync(directory, { recursive: true, force: true });
  });

  it('passes arguments as they are, and nothing of the environment', async () => {
    program('show', 'console.log(JSON.stringify({args: process.argv.slice(2), env: process.env}))');
    const args = ['$(id)', '; reboot', '`id`', '', 'two words', '*'];
    const { stdout, exitCode } = await run('show', args);
    expect(JSON.parse(stdout)).toEqual({ args, env: { PATH: directory, LC_ALL: 'C' } });
    expect(exitCode).toBe(0);
  });

  it('leaves the exit code and stderr to the caller', async () => {
    program('complain', 'console.error("no such thing"); process.exit(3)');
    expect(await run('complain')).toEqual({ exitCode: 3, stdout: '', stderr: 'no such thing\n' });
  });

  it('keeps the first 4 KiB of stderr', async () => {
    program('rant', 'process.stderr.write("x".repeat(100000))');
    expect((await run('rant')).stderr).toBe('x'.repeat(4096));
  });

  it('hands out lines when they are complete, the last one at the end', async () => {
    program(
      'lines',
      'process.stdout.write("one\\ntw"); setTimeout(() => process.stdout.write("o\\nthree"), 20)',
    );
    const lines: string[] = [];
    await run('lines', [], { onLine: (line) => lines.push(line) });
    expect(lines).toEqual(['one', 'two', 'three']);
  });

  it('says which package brings a program that is missing', async () => {
    await expect(run('traceroute')).rejects.toMatchObject({
      code: 'missing_binary',
      message: expect.stringContaining('"traceroute"') as string,
      mend: expect.stringContaining('apt-get install traceroute') as string,
    });
  });

  it('tells a program that may not be executed from a missing one', async () => {
    chmodSync(join(directory, program('ping', '')), 0o644);
    await expect(run('ping')).rejects.toMatchObject({ code: 'permission_denied' });
  });

  it('starts nothing for a call that is already cancelled', async () => {
    const reason = new Error('cancelled before');
    controller.abort(reason);
    await expect(run('missing')).rejects.toBe(reason);
  });

  it.each([
    ['ends a program when the call is cancelled', STAY],
    ['kills a program that does not listen to SIGTERM', `process.on('SIGTERM', () => {}); ${STAY}`],
  ])('%s, and throws the reason', async (_name, source) => {
    program('stay', source);
    const reason = new Error('cancelled');
    let pid = 0;
    const running = run('stay', [], {
      onLine: (line) => {
        pid = Number(line);
        controller.abort(reason);
      },
    });
    await expect(running).rejects.toBe(reason);
    expect(isRunning(pid)).toBe(false);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('has a program sum up when it is told to, and answers with what was written', async () => {
    program('count', `process.on('SIGINT', () => { console.log('sum'); process.exit(0); }); ${STAY}`);
    const until = new AbortController();
    const { stdout, exitCode } = await run('count', [], {
      until: until.signal,
      onLine: () => until.abort(),
    });
    expect(stdout).toMatch(/^\d+\nsum\n$/);
    expect(exitCode).toBe(0);
    expect(getEventListeners(until.signal, 'abort')).toEqual([]);
  });

  it('keeps the lines of a program that does not listen to that', async () => {
    program('stay', `process.on('SIGINT', () => {}); ${STAY}`);
    const until = new AbortController();
    const { stdout, exitCode } = await run('stay', [], { until: until.signal, onLine: () => until.abort() });
    expect(exitCode).toBeNull();
    expect(isRunning(Number(stdout))).toBe(false);
  });

  it('keeps the beginning of a flood where an early end is welcome', async () => {
    program('flood', `${ANNOUNCE} setInterval(() => process.stdout.write("x".repeat(1000)), 1)`);
    const until = new AbortController().signal;
    const { stdout } = await run('flood', [], { maxOutputBytes: 10_000, until });
    expect(stdout).toHaveLength(10_000);
  });

  it('leaves no listener on the signal of a call that has ended by itself', async () => {
    await run(program('nothing', ''));
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('ends a program that writes more than it may', async () => {
    program('flood', `${ANNOUNCE} setInterval(() => process.stdout.write("x".repeat(1000)), 1)`);
    let pid = 0;
    const running = run('flood', [], { maxOutputBytes: 10_000, onLine: (line) => (pid ||= Number(line)) });
    await expect(running).rejects.toMatchObject({
      code: 'tool_failed',
      message: 'flood wrote more than 10000 bytes.',
    });
    expect(isRunning(pid)).toBe(false);
  });

  it('ends the program when a listener of lines throws, and passes the error on', async () => {
    program('stay', STAY);
    const error = new Error('a fault in the listener');
    let pid = 0;
    const running = run('stay', [], {
      onLine: (line) => {
        pid = Number(line);
        throw error;
      },
    });
    await expect(running).rejects.toBe(error);
    expect(isRunning(pid)).toBe(false);
  });

  it('ends what is still running when the application has shut down', async () => {
    program('stay', STAY);
    let pid = 0;
    const running = run('stay', [], {
      onLine: (line) => {
        pid = Number(line);
        sut.onApplicationShutdown();
      },
    });
    await expect(running).rejects.toMatchObject({ code: 'tool_failed' });
    await waitFor(() => !isRunning(pid));
  });

  it('ends the programs of a starter that was killed, says so, and goes on with another one', async () => {
    program('stay', STAY);
    let pid = 0;
    const running = run('stay', [], {
      onLine: (line) => {
        pid = Number(line);
        process.kill(parentOf(pid), 'SIGKILL');
      },
    });
    await expect(running).rejects.toMatchObject({
      code: 'tool_failed',
      message: 'The process that starts "stay" has ended.',
      mend: 'Call again.',
    });
    await waitFor(() => !isRunning(pid));
    expect(await run(program('nothing', ''))).toMatchObject({ exitCode: 0 });
  });

  it('starts a few at a time, in turn, and none that was cancelled in the line', async () => {
    await run(program('nothing', ''));
    const starter = Reflect.get(sut, 'starter') as ChildProcess;
    const send = starter.send.bind(starter);
    const asked: unknown[] = [];
    let started = 0;
    let most = 0;
    starter.send = (request: StarterRequest) => {
      if ('program' in request) asked.push(...request.args);
      most = Math.max(most, asked.length - started);
      return send(request, () => undefined);
    };
    const late = new AbortController();
    const all = Array.from({ length: 20 }, (_, index) =>
      run('nothing', [String(index)], {
        onStart: () => void (started += 1),
        ...(index === 19 && { signal: late.signal }),
      }),
    );
    late.abort(new Error('too late'));
    const outcomes = await Promise.allSettled(all);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(19);
    expect(outcomes[19]).toEqual({ status: 'rejected', reason: new Error('too late') });
    expect(asked).toEqual(Array.from({ length: 19 }, (_, index) => String(index)));
    expect(most).toBe(MAX_STARTING);
  });

  it('tells how long each program has waited until it ran, and nothing of what cannot be started', async () => {
    const waits: [string, number][] = [];
    sut.onStarted((name, seconds) => waits.push([name, seconds]));
    program('nothing', '');
    const failed = run('no-such-program').catch((error: unknown) => error);
    const askedAt = performance.now();
    await Promise.all(Array.from({ length: 2 * MAX_STARTING }, () => run('nothing')));
    const whole = (performance.now() - askedAt) / 1000;
    expect(await failed).toMatchObject({ code: 'missing_binary' });
    expect(waits.map(([name]) => name)).toEqual(Array(2 * MAX_STARTING).fill('nothing'));
    for (const [, seconds] of waits) {
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThan(whole);
    }
  });

  it('does not start what is cancelled at the moment when its turn comes', async () => {
    program('stay', STAY);
    const reason = new Error('cancelled');
    const starting = Array.from({ length: MAX_STARTING }, () =>
      run('missing').catch(() => controller.abort(reason)),
    );
    await expect(run('stay')).rejects.toBe(reason);
    await Promise.all(starting);
    expect(Reflect.get(sut, 'running')).toEqual(new Map());
  });

  it('gives places back where the process that starts programs cannot be started', async () => {
    const starterOf = jest.spyOn(sut as unknown as { connectedStarter: () => never }, 'connectedStarter');
    starterOf.mockImplementation(() => {
      throw new Error('spawn ENOMEM');
    });
    for (let times = 0; times <= MAX_STARTING; times += 1) await expect(run('any')).rejects.toThrow('ENOMEM');
    starterOf.mockRestore();
    expect(await run(program('nothing', ''))).toMatchObject({ exitCode: 0 });
  });

  it('starts nothing that waits in the line when the application has shut down', async () => {
    program('nothing', '');
    const all = Array.from({ length: 10 }, () => run('nothing'));
    sut.onApplicationShutdown();
    const outcomes = await Promise.allSettled(all);
    expect(outcomes.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'tool_failed' } });
    expect(Reflect.get(sut, 'starter')).toBeUndefined();
  });

  it('tells those whose starter has gone, though another one has taken its place', async () => {
    program('stay', STAY);
    const starters: ChildProcess[] = [];
    const began = (): void => void starters.push(Reflect.get(sut, 'starter') as ChildProcess);
    const first = run('stay', [], { onStart: began });
    await waitFor(() => starters.length === 1);
    Reflect.set(sut, 'starter', undefined);
    const second = run('stay', [], { onStart: began });
    await waitFor(() => starters.length === 2);
    starters[0]!.kill('SIGKILL');
    await expect(first).rejects.toMatchObject({ code: 'tool_failed' });
    expect(Reflect.get(sut, 'starter')).toBe(starters[1]);
    controller.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
  });

  it('keeps its programs where the whole group is told to end, as by Ctrl-C', async () => {
    program('late', `${ANNOUNCE} setTimeout(() => console.log("late"), 50)`);
    const lines: string[] = [];
    await run('late', [], {
      onLine: (line) => {
        lines.push(line);
        const starter = parentOf(Number(lines[0]));
        if (lines.length === 1) for (const signal of ['SIGINT', 'SIGTERM']) process.kill(starter, signal);
      },
    });
    expect(lines[1]).toBe('late');
  });

  it('starts nothing itself, and one process for all of them', async () => {
    program('show', 'console.log(process.ppid)');
    const parents = await Promise.all([run('show'), run('show'), run('show')]);
    expect(new Set(parents.map(({ stdout }) => stdout)).size).toBe(1);
    expect(Number(parents[0].stdout)).not.toBe(process.pid);
  });
});

function parentOf(pid: number): number {
  const [, afterName = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  return Number(afterName.split(' ')[1]);
}

/** A zombie, too, would still answer to signal 0. */
function isRunning(pid: number): boolean {
  expect(pid).toBeGreaterThan(0);
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
