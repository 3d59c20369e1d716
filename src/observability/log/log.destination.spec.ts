import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../../../test/helpers/wait-for.js';
import { LogDestination } from './log.destination.js';

const line = (number: number): string => `${JSON.stringify({ number, text: 'x'.repeat(100) })}\n`;

describe(LogDestination.name, () => {
  let directory: string;
  let opened: number[];
  let lost: number[];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'mcpo-log-'));
    opened = [];
    lost = [];
  });

  afterEach(() => {
    for (const fd of opened) closeSync(fd);
    for (const listener of process.listeners('exit').slice(listening)) process.off('exit', listener);
    rmSync(directory, { recursive: true });
  });
  const listening = process.listenerCount('exit');

  function destination(fd: number, maxWaitingBytes?: number): LogDestination {
    opened.push(fd);
    const sut = new LogDestination({
      fd,
      ...(maxWaitingBytes !== undefined && { maxWaitingBytes }),
    });
    sut.whenLost((lines) => lost.push(lines));
    return sut;
  }

  /** A pipe of which this process holds both ends, non-blocking, as Node makes standard output. */
  function pipe(): number {
    const path = join(directory, 'pipe');
    execFileSync('mkfifo', [path]);
    return openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  function take(fd: number): string {
    const bytes = Buffer.alloc(1024 * 1024);
    try {
      return bytes.toString('utf8', 0, readSync(fd, bytes));
    } catch {
      return '';
    }
  }

  const numbersIn = (text: string): unknown[] =>
    text
      .trim()
      .split('\n')
      .map((one) => (JSON.parse(one) as { number?: number }).number);

  it('writes everything, in order, some time later or at the end', async () => {
    const path = join(directory, 'file');
    const sut = destination(openSync(path, 'a'));
    for (let number = 0; number < 200; number += 1) sut.write(line(number));
    await waitFor(() => numbersIn(readFileSync(path, 'utf8')).length === 200);
    sut.write(line(200));
    sut.flushSync();
    expect(numbersIn(readFileSync(path, 'utf8'))).toEqual(Array.from({ length: 201 }, (_, number) => number));
    expect(lost).toEqual([]);
  });

  it('keeps what a full pipe does not take, and writes it when it is read', async () => {
    const fd = pipe();
    const sut = destination(fd);
    for (let number = 0; number < 5000; number += 1) sut.write(line(number));
    let text = '';
    await waitFor(() => (text += take(fd)).split('\n').length > 5000);
    expect(numbersIn(text)).toEqual(Array.from({ length: 5000 }, (_, number) => number));
    expect(lost).toEqual([]);
  });

  it('loses whole lines over the bound, counts them, and says so once when the pipe is read again', async () => {
    const fd = pipe();
    const sut = destination(fd, 100_000);
    for (let number = 0; number < 5000; number += 1) sut.write(line(number));
    sut.flush();
    const count = lost.reduce((sum, lines) => sum + lines, 0);
    expect(count).toBeGreaterThan(1000);
    let text = '';
    await waitFor(() => (text += take(fd)).includes('are lost'));
    const numbers = numbersIn(text);
    expect(numbers).toHaveLength(5000 - count + 1);
    expect(JSON.parse(text.trim().split('\n').at(-1)!)).toMatchObject({ level: 'WARN', lines: count });
    sut.write(line(1));
    sut.flush();
    expect(numbersIn(take(fd))).toEqual([1]);
  });

  it('ends, at the end of the process, though nobody reads', () => {
    const sut = destination(pipe());
    for (let number = 0; number < 5000; number += 1) sut.write(line(number));
    sut.flushSync();
    expect(lost).toEqual([]);
  });

  it('neither throws nor writes for ever on a full disk', () => {
    const sut = destination(openSync('/dev/full', 'w'));
    sut.write(line(1));
    sut.write(line(2));
    sut.flushSync();
    expect(lost).toEqual([2]);
  });

  it('says what was lost when there is room again', () => {
    const path = join(directory, 'file');
    writeFileSync(path, '');
    // A file that cannot be written to: the error of a disk, and then it can.
    const fd = openSync(path, 'r');
    const sut = destination(fd);
    sut.write(line(1));
    sut.flush();
    expect(lost).toEqual([1]);
    closeSync(fd);
    expect(openSync(path, 'a')).toBe(fd);
    sut.write(line(2));
    sut.flush();
    expect(numbersIn(readFileSync(path, 'utf8'))).toEqual([2, undefined]);
  });
});
