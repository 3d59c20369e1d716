import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApplicationContext, createContext } from '../../test/helpers/application-context.js';
import { waitFor } from '../../test/helpers/wait-for.js';
import { ConfigurationError } from '../config/configuration.loader.js';
import { StatusRegistry } from './status.registry.js';
import { WatchedFiles } from './watched-files.service.js';

const parse = (text: string): number => {
  const value = Number(text);
  if (Number.isNaN(value)) throw new Error(`${text} is no number`);
  return value;
};

describe(WatchedFiles.name, () => {
  let app: ApplicationContext;
  let directory: string;
  let path: string;
  let applied: number[];

  beforeEach(async () => {
    app = await createContext();
    directory = mkdtempSync(join(tmpdir(), 'mcpo-watched-'));
    path = join(directory, 'number');
    applied = [];
    writeFileSync(path, '1');
  });
  afterEach(async () => {
    await app.close();
    rmSync(directory, { recursive: true });
  });

  const watch = (): void =>
    app.get(WatchedFiles).watch({ name: 'number', path, parse, apply: (value) => void applied.push(value) });
  const report = (): unknown => app.get(StatusRegistry).report({ detailed: true })['files'];
  const linesOf = (message: string): object[] =>
    app.logs().filter((line) => line['message'] === message && line['file'] === 'number');

  it('puts a file into force at once, and again when its content changes', async () => {
    watch();
    expect(applied).toEqual([1]);
    writeFileSync(path, '2');
    await waitFor(() => applied.length > 1);
    expect(applied).toEqual([1, 2]);
    expect(linesOf('File read again')).toHaveLength(1);
  });

  it('reads it on SIGHUP, and does nothing when nothing has changed', () => {
    watch();
    process.emit('SIGHUP');
    expect(applied).toEqual([1]);
    writeFileSync(path, '2');
    process.emit('SIGHUP');
    process.emit('SIGHUP');
    expect(applied).toEqual([1, 2]);
  });

  it('follows the links of a mounted ConfigMap, which is changed by moving one of them', async () => {
    for (const [version, text] of [
      ['..v1', '1'],
      ['..v2', '2'],
    ] as const) {
      mkdirSync(join(directory, version));
      writeFileSync(join(directory, version, 'number'), text);
    }
    rmSync(path);
    symlinkSync('..v1', join(directory, '..data'));
    symlinkSync(join('..data', 'number'), path);
    watch();
    symlinkSync('..v2', join(directory, '..data_tmp'));
    renameSync(join(directory, '..data_tmp'), join(directory, '..data'));
    rmSync(join(directory, '..v1'), { recursive: true });
    await waitFor(() => applied.length > 1);
    expect(applied).toEqual([1, 2]);
  });

  it.each([
    ['invalid', () => writeFileSync(path, 'x'), /no number/],
    ['gone', () => rmSync(path), /ENOENT/],
  ])('keeps the last good one in force while it is %s, and tells once', (_what, spoil, problem) => {
    watch();
    expect(report()).toEqual({
      invalid: 0,
      files: [{ name: 'number', path, digest: expect.any(String) as string }],
    });
    spoil();
    process.emit('SIGHUP');
    process.emit('SIGHUP');
    expect(applied).toEqual([1]);
    expect(report()).toMatchObject({
      invalid: 1,
      files: [{ problem: expect.stringMatching(problem) as string }],
    });
    expect(linesOf('File is invalid: the last good one stays in force')).toHaveLength(1);
    writeFileSync(path, '1');
    process.emit('SIGHUP');
    expect(report()).toMatchObject({ invalid: 0 });
    writeFileSync(path, '3');
    process.emit('SIGHUP');
    expect(applied.at(-1)).toBe(3);
  });

  it.each([
    ['invalid', () => writeFileSync(path, 'x')],
    ['not there', () => rmSync(path)],
  ])('does not begin with a file that is %s', (_what, spoil) => {
    spoil();
    expect(watch).toThrow(ConfigurationError);
    expect(applied).toEqual([]);
  });

  it('leaves nothing behind when the application closes', async () => {
    watch();
    const listening = process.listenerCount('SIGHUP');
    await app.close();
    expect(process.listenerCount('SIGHUP')).toBe(listening - 1);
    writeFileSync(path, '2');
    process.emit('SIGHUP');
    expect(applied).toEqual([1]);
    app = await createContext();
  });
});
