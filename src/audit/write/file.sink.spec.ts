import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSink } from './file.sink.js';

describe(FileSink.name, () => {
  let directory: string;
  let file: string;
  let sut: FileSink;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'mcpo-sink-'));
    file = join(directory, 'audit.jsonl');
    sut = new FileSink(file);
  });
  afterEach(async () => {
    await sut.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const text = (path = file): string => readFileSync(path, 'utf8');
  const write = async (line: string): Promise<void> => {
    await sut.prepare();
    expect(await sut.write(Buffer.from(line))).toBe(Buffer.byteLength(line));
  };
  const linesOf = (count: number): string =>
    Array.from({ length: count }, (_, index) => `line ${index}\n`).join('');
  const begin = async () => {
    const beginning = await sut.prepare();
    if (beginning?.kind !== 'started') throw new Error('It has begun before');
    return { tail: Buffer.from(beginning.tail).toString(), torn: beginning.torn };
  };

  it('begins a file that only its owner may read, and appends to it', async () => {
    expect(await begin()).toEqual({ tail: '', torn: false });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await write('a\n');
    await write('ü\n');
    await sut.sync();
    expect(text()).toBe('a\nü\n');
  });

  it('begins once', async () => {
    await sut.prepare();
    expect(await sut.prepare()).toBeUndefined();
    sut.lookNow();
    expect(await sut.prepare()).toBeUndefined();
  });

  it('finds what is there, and adds behind it', async () => {
    writeFileSync(file, linesOf(3));
    expect(await begin()).toEqual({ tail: linesOf(3), torn: false });
    await write('next\n');
    expect(text()).toBe(`${linesOf(3)}next\n`);
  });

  it('finds the last lines of a file that is longer than what it reads, and no half of one', async () => {
    writeFileSync(file, linesOf(200_000));
    const { tail, torn } = await begin();
    expect(torn).toBe(false);
    expect(tail.length).toBeLessThanOrEqual(1_048_576);
    expect(tail.length).toBeGreaterThan(1_048_576 - 20);
    expect(linesOf(200_000).endsWith(`\n${tail}`)).toBe(true);
  });

  it('leaves half a line on a line of its own, and says so', async () => {
    writeFileSync(file, `${linesOf(1)}hal`);
    expect(await begin()).toEqual({ tail: `${linesOf(1)}hal`, torn: true });
    await write('next\n');
    expect(text()).toBe(`${linesOf(1)}hal\nnext\n`);
  });

  it('begins a new file when the old one has been moved away', async () => {
    await write('old\n');
    const moved = join(directory, 'audit.jsonl.1');
    renameSync(file, moved);
    sut.lookNow();
    expect(await sut.prepare()).toEqual({ kind: 'moved' });
    await write('new\n');
    expect([text(moved), text()]).toEqual(['old\n', 'new\n']);
  });

  it('begins a new file when there is another one under its name', async () => {
    await write('old\n');
    renameSync(file, `${file}.1`);
    writeFileSync(file, 'created by logrotate\n');
    sut.lookNow();
    expect(await sut.prepare()).toEqual({ kind: 'moved' });
    await write('new\n');
    expect(text()).toBe('created by logrotate\nnew\n');
  });

  it('goes on with the old file while a new one cannot be made', async () => {
    const inner = join(directory, 'inner');
    mkdirSync(inner);
    sut = new FileSink(join(inner, 'audit.jsonl'));
    await write('a\n');
    renameSync(inner, `${inner}.1`);
    sut.lookNow();
    await expect(sut.prepare()).rejects.toMatchObject({ code: 'ENOENT' });
    await sut.write(Buffer.from('b\n'));
    expect(text(join(`${inner}.1`, 'audit.jsonl'))).toBe('a\nb\n');
  });

  it('can be begun once its directory is there', async () => {
    sut = new FileSink(join(directory, 'later', 'audit.jsonl'));
    await expect(sut.prepare()).rejects.toMatchObject({ code: 'ENOENT' });
    mkdirSync(join(directory, 'later'));
    expect(await sut.prepare()).toMatchObject({ kind: 'started' });
  });

  it('tells of a disk that is full', async () => {
    sut = new FileSink('/dev/full');
    expect(await begin()).toEqual({ tail: '', torn: false });
    await expect(sut.write(Buffer.from('a\n'))).rejects.toMatchObject({ code: 'ENOSPC' });
    // There is nothing that a device could sync.
    await sut.sync();
  });

  it('does not wait for somebody to read a pipe', async () => {
    execFileSync('mkfifo', [file]);
    await expect(sut.prepare()).rejects.toMatchObject({ code: 'ENXIO' });
  });

  it('writes the last records at once, behind those before', async () => {
    await write('a\n');
    sut.writeSync(Buffer.from('b\n'), 0);
    expect(text()).toBe('a\nb\n');
  });

  it('writes nothing at the end where nothing has begun', () => {
    sut.writeSync(Buffer.from('a\n'), 0);
    expect(existsSync(file)).toBe(false);
  });

  it('refuses to write before it is prepared', async () => {
    await expect(sut.write(Buffer.from('a\n'))).rejects.toThrow('The audit file is not open');
  });

  it('begins anew after it was closed, with what others have added', async () => {
    await write('a\n');
    await sut.close();
    appendFileSync(file, 'b\n');
    expect(await begin()).toEqual({ tail: 'a\nb\n', torn: false });
  });
});
