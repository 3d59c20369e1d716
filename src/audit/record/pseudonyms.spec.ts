import { createHmac } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePseudonymKeys, pseudonymOf, Pseudonyms } from './pseudonyms.js';

const NOVEMBER = '2026-11-22T21:00:00.000Z';
const DECEMBER = '2026-12-01T00:00:00.000Z';
const [KEY, OTHER_KEY] = ['a'.repeat(64), 'b'.repeat(64)];

describe(Pseudonyms.name, () => {
  let directory: string;
  let file: string;
  let errors: unknown[];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'mcpo-pseudonyms-'));
    file = join(directory, 'pseudonyms.txt');
    errors = [];
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  const start = (path = file): Pseudonyms => new Pseudonyms(path, (error) => errors.push(error));
  const keys = (): Map<string, string> => parsePseudonymKeys(readFileSync(file, 'utf8'));

  it('are the HMAC of the datum under the key of the month, which stands in the file', () => {
    const pseudonym = start().of('192.0.2.1', NOVEMBER);
    const digest = createHmac('sha256', keys().get('2026-11')!).update('192.0.2.1').digest('hex');
    expect(pseudonym).toBe(`p:2026-11:${digest.slice(0, 16)}`);
    expect(pseudonymOf('192.0.2.1', '2026-11', keys().get('2026-11')!)).toBe(pseudonym);
    expect(errors).toEqual([]);
  });

  it('keep the file to its owner', () => {
    start().of('192.0.2.1', NOVEMBER);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('are the same for the same datum in a month, in every process, and others for others', () => {
    const [one, other] = [start(), start()];
    const pseudonym = one.of('192.0.2.1', NOVEMBER);
    expect(one.of('192.0.2.1', '2026-11-30T23:59:59.999Z')).toBe(pseudonym);
    expect(other.of('192.0.2.1', NOVEMBER)).toBe(pseudonym);
    expect(other.of('192.0.2.2', NOVEMBER)).not.toBe(pseudonym);
    expect([...keys().keys()]).toEqual(['2026-11']);
  });

  it('stay the same when more data come than are remembered', () => {
    const sut = start();
    const first = sut.of('0', NOVEMBER);
    for (let index = 0; index < 3000; index += 1) sut.of(String(index), NOVEMBER);
    expect(sut.of('0', NOVEMBER)).toBe(first);
  });

  it('have a key for each month, also when a record of the last month comes late', () => {
    const sut = start();
    const [november, december] = [sut.of('192.0.2.1', NOVEMBER), sut.of('192.0.2.1', DECEMBER)];
    expect(december).toMatch(/^p:2026-12:[\da-f]{16}$/);
    expect(december.slice(-16)).not.toBe(november.slice(-16));
    expect(sut.of('192.0.2.1', NOVEMBER)).toBe(november);
    expect([...keys().keys()]).toEqual(['2026-11', '2026-12']);
  });

  it('are others once the line of their month has been deleted', () => {
    const sut = start();
    const before = sut.of('192.0.2.1', NOVEMBER);
    writeFileSync(file, '');
    expect(sut.of('192.0.2.1', NOVEMBER)).toBe(before);
    sut.forget();
    expect(sut.of('192.0.2.1', NOVEMBER)).not.toBe(before);
  });

  it('take the first of several keys for a month, as when two replicas wrote one at the same time', () => {
    writeFileSync(file, `2026-11 ${KEY}\n2026-11 ${OTHER_KEY}\n`);
    expect(start().of('192.0.2.1', NOVEMBER)).toBe(pseudonymOf('192.0.2.1', '2026-11', KEY));
    appendFileSync(file, `2026-12 ${OTHER_KEY}\n`);
    expect(start().of('192.0.2.1', DECEMBER)).toBe(pseudonymOf('192.0.2.1', '2026-12', OTHER_KEY));
  });

  it('can be made without the file, and are then told to belong to nobody', () => {
    const [one, other] = [start(join(directory, 'none', 'at-all')), start(join(directory, 'none', 'at-all'))];
    const pseudonym = one.of('192.0.2.1', NOVEMBER);
    expect(pseudonym).toMatch(/^p:2026-11:[\da-f]{16}$/);
    expect(one.of('192.0.2.1', NOVEMBER)).toBe(pseudonym);
    expect(errors).toEqual([expect.objectContaining({ code: 'ENOENT' })]);
    expect(other.of('192.0.2.1', NOVEMBER)).not.toBe(pseudonym);
  });
});

describe(parsePseudonymKeys.name, () => {
  it('takes whole lines, and leaves out what is none', () => {
    const lines = [
      ...['# keys', '', `  2026-10 ${KEY}  `, `2026-11 ${KEY.slice(1)}`, `2026-12 ${'g'.repeat(64)}`],
      `2026-1 ${KEY}`,
    ];
    expect([...parsePseudonymKeys(lines.join('\n'))]).toEqual([['2026-10', KEY]]);
  });
});
