import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { waitFor } from '../../../test/helpers/wait-for.js';
import { ProgramRunner } from './program-runner.js';
import { KernelTables } from './tables.service.js';

const LINE = 'v0\t0000000A\t0200000A\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0';
const QUERY = { limit: 10, offset: 0, table: 'main' };

/** Its threads and its processes are real; the programs are scripts. */
describe(KernelTables.name, () => {
  const never = new AbortController().signal;
  let root: string;
  let runner: ProgramRunner;
  let sut: KernelTables;

  const install = (program: string, source: string): void =>
    writeFileSync(join(root, program), `#!/bin/sh\n${source}\n`, { mode: 0o755 });

  /** How often `ip` has been started. */
  const starts = (): number => readdirSync(join(root, 'starts')).length;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'mcpo-tables-'));
    mkdirSync(join(root, 'starts'));
    mkdirSync(join(root, 'net'));
    writeFileSync(join(root, 'net/route'), `Iface\tDestination\n${LINE}\n`);
    const paths = { programs: root, proc: root, sys: join(root, 'sys') };
    runner = new ProgramRunner(paths);
    sut = new KernelTables(paths, runner);
  });

  afterEach(async () => {
    await sut.onApplicationShutdown();
    runner.onApplicationShutdown();
    rmSync(root, { recursive: true, force: true });
  });

  it('reads the files of /proc where there is no program', async () => {
    const { routes, source, sourceNote } = await sut.read('routes', QUERY, never);
    expect(routes).toMatchObject([{ destination: '10.0.0.0/24', gateway: '10.0.0.2' }]);
    expect(source).toBe('procfs');
    expect(sourceNote).toContain('"ip" is not installed');
  });

  it('says of each reading how it has ended', async () => {
    const readings: string[] = [];
    sut.onReading((table, outcome, seconds) => {
      expect(seconds).toBeGreaterThan(0);
      readings.push(`${table} ${outcome}`);
    });
    await Promise.all([1, 2, 3].map(() => sut.read('routes', QUERY, never)));
    expect(readings).toEqual(['routes ok']);
    install('ip', ': > starts/$$; exec /bin/sleep 60'.replace('starts', join(root, 'starts')));
    const controller = new AbortController();
    const given = sut.read('routes', QUERY, controller.signal);
    await waitFor(() => starts() > 0);
    controller.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    await waitFor(() => readings.length === 2);
    expect(readings).toEqual(['routes ok', 'routes abandoned']);
  });

  it('reads what a program prints, in parts', async () => {
    install(
      'ip',
      `case "$*" in *rule*) ;; *) printf '[{"dst":"10.0.0.0/8",'; /bin/sleep 0.1; printf '"dev":"v0"}]' ;; esac`,
    );
    const { routes, source, total } = await sut.read('routes', QUERY, never);
    expect({ routes, source, total }).toMatchObject({
      routes: [{ destination: '10.0.0.0/8', interface: 'v0' }],
      source: 'netlink',
      total: 1,
    });
  });

  it('reads once more, and no oftener, for all who ask while it reads, each as asked', async () => {
    install(
      'ip',
      `case "$*" in *rule*) ;; *) : > ${root}/starts/$$; printf '[{"dst":"10.0.0.0/8"},{"dst":"11.0.0.0/8"}]' ;; esac`,
    );
    const first = sut.read('routes', QUERY, never);
    await Promise.resolve();
    const others = Array.from({ length: 50 }, (_, index) =>
      sut.read('routes', { ...QUERY, limit: 1 + (index % 2) }, never),
    );
    expect((await first).total).toBe(2);
    const lengths = (await Promise.all(others)).map(({ routes }) => routes.length);
    expect(lengths).toEqual(Array.from({ length: 50 }, (_, index) => 1 + (index % 2)));
    expect(starts()).toBe(2);
  });

  it('keeps nobody waiting who has given up, and goes on for the others', async () => {
    install('ip', `case "$*" in *rule*) ;; *) /bin/sleep 0.2; printf '[{"dst":"10.0.0.0/8"}]' ;; esac`);
    const gone = new AbortController();
    const mine = sut.read('routes', QUERY, gone.signal);
    const other = sut.read('routes', QUERY, never);
    gone.abort(new Error('gone'));
    await expect(mine).rejects.toThrow('gone');
    expect((await other).total).toBe(1);
  });

  it('breaks off a reading that nobody waits for, and reads again for the next', async () => {
    install('ip', 'exec /bin/sleep 1000');
    const gone = new AbortController();
    const mine = sut.read('routes', QUERY, gone.signal);
    setImmediate(() => gone.abort(new Error('gone')));
    await expect(mine).rejects.toThrow('gone');
    rmSync(join(root, 'ip'));
    expect((await sut.read('routes', QUERY, never)).total).toBe(1);
  });

  it('starts one thread, however many readings are given up', async () => {
    const threads = new Set<unknown>();
    for (let round = 0; round < 5; round += 1) {
      const gone = new AbortController();
      const mine = sut.read('routes', QUERY, gone.signal);
      setImmediate(() => gone.abort(new Error('gone')));
      await expect(mine).rejects.toThrow('gone');
      await sut.read('routes', QUERY, never);
      threads.add(threadOf(sut));
    }
    expect(threads.size).toBe(1);
    expect([...threads][0]).toBeDefined();
  });

  it('starts another thread when one has ended while it rests', async () => {
    await sut.read('routes', QUERY, never);
    const first = threadOf(sut) as Worker;
    await first.terminate();
    expect((await sut.read('routes', QUERY, never)).total).toBe(1);
    expect(threadOf(sut)).not.toBe(first);
  });

  it('fails for those alone who ask for what cannot be read', async () => {
    const [main, other] = await Promise.allSettled([
      sut.read('routes', QUERY, never),
      sut.read('routes', { ...QUERY, table: '7' }, never),
    ]);
    expect(main).toMatchObject({ status: 'fulfilled', value: { total: 1 } });
    expect(other).toMatchObject({ status: 'rejected', reason: { code: 'not_supported' } });
  });

  it('says that nothing could be read, and why', async () => {
    rmSync(join(root, 'net'), { recursive: true });
    const message = expect.stringMatching(/^Nothing could be read: .*"ip" is not installed/) as string;
    const refusal = { code: 'not_supported', message };
    await expect(sut.read('routes', QUERY, never)).rejects.toMatchObject(refusal);
    await expect(sut.read('interfaces', QUERY, never)).rejects.toMatchObject(refusal);
    await expect(sut.read('sockets', { ...QUERY, owners: true, details: true }, never)).rejects.toMatchObject(
      { code: 'not_supported' },
    );
  });
});

interface Threads {
  readonly tables: ReadonlyMap<string, { readonly thread: { readonly worker: unknown } }>;
}

/** The thread that reads the routes at this moment. */
const threadOf = (sut: KernelTables): unknown =>
  (sut as unknown as Threads).tables.get('routes')?.thread.worker;
