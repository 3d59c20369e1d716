import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../../test/helpers/wait-for.js';
import type { ChildGroup } from './child-group.js';
import { type ChildOptions, ChildProcesses } from './child-processes.service.js';

/** Runs a program of Node's, which is told as text. */
const program = (source: string): ChildOptions => ({
  file: process.execPath,
  args: ['--eval', source],
  env: { GREETING: 'hello' },
  cwd: undefined,
});

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe(ChildProcesses.name, () => {
  let sut: ChildProcesses;
  beforeEach(() => {
    sut = new ChildProcesses();
  });
  afterEach(() => sut.onApplicationShutdown());

  it('hands over what the child says from its first byte on, and takes what it is told', async () => {
    const echo = `process.stdout.write('x'.repeat(300000)); process.stdin.pipe(process.stdout);`;
    for (let round = 0; round < 10; round += 1) {
      const child = await sut.start(program(echo));
      // As long as nobody reads, the pipe is full.
      await sleep(round);
      child.stdin.end('and more');
      const said = await buffer(child.stdout);
      expect(said.length).toBe(300_000 + 'and more'.length);
      expect(await child.ended).toEqual({ code: 0, signal: null });
    }
  });

  it('gives the child the environment and the directory that it is told, and a group of its own', async () => {
    const child = await sut.start({
      ...program(`process.stdout.write(JSON.stringify([process.env, process.cwd()]))`),
      cwd: '/tmp',
    });
    const [env, cwd] = JSON.parse(await text(child.stdout)) as [object, string];
    expect(env).toEqual({ GREETING: 'hello' });
    expect(cwd).toBe('/tmp');
    await child.ended;
  });

  it('hands over both outputs apart, and how it ended', async () => {
    const child = await sut.start(program(`console.log('out'); console.error('err'); process.exit(7)`));
    expect(await Promise.all([text(child.stdout), text(child.stderr)])).toEqual(['out\n', 'err\n']);
    expect(await child.ended).toEqual({ code: 7, signal: null });
  });

  it.each([
    ['/nowhere/at/all', undefined, 'ENOENT'],
    ['/etc/passwd', undefined, 'EACCES'],
    [process.execPath, '/nowhere', 'ENOENT'],
  ])('says why %s in %s cannot be started', async (file, cwd, code) => {
    await expect(sut.start({ ...program(''), file, cwd })).rejects.toMatchObject({ code });
  });

  it('starts many at once, and ends them with what they have started', async () => {
    const forking = `require('node:child_process').spawn('/bin/sleep', ['60'], { stdio: 'ignore' });
      process.stdin.resume();`;
    const children = await Promise.all(Array.from({ length: 10 }, () => sut.start(program(forking))));
    await waitFor(() => children.every((child) => membersOf(child) === 2));
    await sut.onApplicationShutdown();
    await waitFor(() => children.every((child) => membersOf(child) === 0));
    expect(children).toHaveLength(10);
  });

  it('kills the children when this process breaks', async () => {
    const child = await sut.start(program(`setInterval(() => undefined, 1000)`));
    // As when the process breaks that the keeper stands beside: its end of the channel closes.
    keeperOf(sut).disconnect();
    await waitFor(() => !isAlive(child.pid));
    expect(await child.ended).toMatchObject({ signal: 'SIGKILL' });
  });

  it('leaves no keeper behind when the server is killed while it is handed a pipe', async () => {
    const keeper = join(__dirname, 'child-keeper.ts');
    const server = spawn(process.execPath, [
      '--eval',
      `const keeper = require('node:child_process').fork(${JSON.stringify(keeper)}, { detached: true,
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
      keeper.send({ id: 1, file: '/bin/cat', args: [], env: {} });
      keeper.once('message', () => process.stdout.write(String(keeper.pid), () => process.kill(process.pid, 'SIGKILL')));`,
    ]);
    const pid = Number(await text(server.stdout));
    await waitFor(() => !isAlive(pid));
    expect(pid).toBeGreaterThan(0);
  });

  it('goes on with another when the keeper is killed', async () => {
    const first = await sut.start(program(`setInterval(() => undefined, 1000)`));
    process.kill(keeperOf(sut).pid!, 'SIGKILL');
    expect(await first.ended).toMatchObject({ signal: 'SIGKILL' });
    await waitFor(() => !isAlive(first.pid));
    const second = await sut.start(program(`console.log('here')`));
    expect(await text(second.stdout)).toBe('here\n');
  });

  it('keeps the children of another keeper when one is killed', async () => {
    const waits = program(`setInterval(() => undefined, 1000)`);
    const first = await sut.start(waits);
    const gone = keeperOf(sut);
    Reflect.set(sut, 'keeper', undefined);
    const second = await sut.start(waits);
    const keeper = keeperOf(sut);
    process.kill(gone.pid!, 'SIGKILL');
    expect(await first.ended).toMatchObject({ signal: 'SIGKILL' });
    expect(isAlive(second.pid)).toBe(true);
    expect(keeperOf(sut)).toBe(keeper);
  });
});

const keeperOf = (sut: ChildProcesses): { readonly pid?: number; disconnect(): void } =>
  (sut as unknown as { keeper: { readonly pid?: number; disconnect(): void } }).keeper;

/** Processes of the child's group, without those that have ended and nobody has asked about yet. */
const membersOf = ({ pid }: ChildGroup): number =>
  execFileSync('ps', ['-eo', 'pgid=,stat='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/ +/))
    .filter(([group, state]) => Number(group) === pid && !state?.startsWith('Z')).length;
