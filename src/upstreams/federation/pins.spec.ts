import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_FILE_BYTES } from '../../core/bounded-file.js';
import { MAX_PINS, MAX_PINS_LENGTH, Pins } from './pins.js';

describe(Pins.name, () => {
  const directory = mkdtempSync(join(tmpdir(), 'mcpo-pins-'));
  const path = join(directory, 'pins.json');
  afterAll(() => rmSync(directory, { recursive: true }));

  it('accepts what it sees first, and nothing else, after a restart too', () => {
    const pins = new Pins(path);
    expect(pins.accepts('github', 'get', 'one')).toBe(true);
    pins.save();
    expect(pins.accepts('github', 'get', 'two')).toBe(false);
    expect(new Pins(path).accepts('github', 'get', 'two')).toBe(false);
    expect(new Pins(path).accepts('github', 'get', 'one')).toBe(true);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ github: { get: 'one' } });
  });

  it('accepts what it sees next when the tool has been removed from the file', () => {
    const pins = new Pins(path);
    writeFileSync(path, '{"github": {}}');
    pins.reload();
    expect(pins.accepts('github', 'get', 'two')).toBe(true);
  });

  it('remembers in memory without a file', () => {
    const pins = new Pins(undefined);
    expect(pins.accepts('a', 'b', 'one')).toBe(true);
    pins.save();
    pins.reload();
    expect(pins.accepts('a', 'b', 'two')).toBe(false);
  });

  it('pins a bounded number for each upstream, and accepts nothing new beyond', () => {
    const pins = new Pins(undefined);
    for (let index = 0; index < MAX_PINS; index += 1)
      expect(pins.accepts('a', `t${index}`, 'one')).toBe(true);
    expect(pins.refusal('a', 'new', 'one')).toContain(`${MAX_PINS} pins`);
    expect(pins.accepts('a', 't0', 'one')).toBe(true);
    expect(pins.accepts('b', 'new', 'one')).toBe(true);
  });

  it('pins a bounded length for each upstream, in a file that was read too', () => {
    writeFileSync(path, '{}');
    const long = (index: number): string => String(index).padStart(1000, 'x');
    const pins = new Pins(path);
    let count = 0;
    while (pins.accepts('a', long(count), 'd'.repeat(64))) count += 1;
    expect(count).toBe(Math.floor(MAX_PINS_LENGTH / 1064));
    pins.save();
    expect(new Pins(path).refusal('a', long(count), 'd'.repeat(64))).toContain('characters');
    expect(readFileSync(path).length).toBeLessThan(MAX_PINS_LENGTH * 1.1);
  });

  it('is not confused by names that every object has', () => {
    expect(new Pins(undefined).accepts('constructor', 'toString', 'one')).toBe(true);
  });

  it.each(['[]', '{"a": 1}', '{"a": {"b": 1}}', 'no JSON'])('refuses %s', (text) => {
    writeFileSync(path, text);
    expect(() => new Pins(path)).toThrow(path);
  });

  it.each([
    ['[]', ['line 1: the file is not a JSON object: {"upstream": {"tool": "digest"}}']],
    [
      '{\n "a": 1,\n "b": {"c": 2,\n "d": null, "e": "f"}\n}',
      [
        'line 2: a is not an object: {"upstream": {"tool": "digest"}}',
        'line 3: b.c is no digest, which is a text',
        'line 4: b.d is no digest, which is a text',
      ],
    ],
    ['{\n"a": {}\n"b": {}}', ['line 3: the file is not JSON: a comma is missing']],
    ['{"a": {"b": "c",}}', ['line 1: the file has comments, or commas behind the last member']],
  ])('says of %j what is wrong with it, as of other files', (text, problems) => {
    writeFileSync(path, text);
    const wanted = problems.map((problem) => `${path}: ${problem}`);
    expect(() => new Pins(path)).toThrow(expect.objectContaining({ problems: wanted }) as Error);
  });

  it('is not read beyond the length that any such file may have', () => {
    truncateSync(path, MAX_FILE_BYTES + 1);
    for (const large of [path, '/dev/zero'])
      expect(() => new Pins(large)).toThrow(`${large}: It has more than ${MAX_FILE_BYTES} bytes`);
  });

  it('is not written beyond it either, for nobody could read it again', () => {
    writeFileSync(path, '{}');
    const problems: string[] = [];
    const pins = new Pins(path, ({ message }) => problems.push(message));
    const digest = 'd'.repeat(MAX_PINS_LENGTH - 1);
    for (let length = 0; length <= MAX_FILE_BYTES; length += digest.length)
      expect(pins.accepts(`u${length}`, 't', digest)).toBe(true);
    pins.save();
    expect(problems).toEqual([`It has more than ${MAX_FILE_BYTES} bytes`]);
    expect(readFileSync(path, 'utf8')).toBe('{}');
    expect(pins.accepts('u0', 't', 'another')).toBe(false);
  });

  it('says why it cannot be read', () => {
    expect(() => new Pins(directory)).toThrow(`${directory}: it is a directory (EISDIR)`);
  });
});
