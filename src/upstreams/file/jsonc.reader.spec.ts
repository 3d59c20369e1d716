import { MAX_FILE_DEPTH, MAX_FILE_LENGTH, readJsonc } from './jsonc.reader.js';
import { UpstreamsFileError } from './problems.js';

const problemsOf = (text: string): readonly string[] => {
  try {
    readJsonc(text);
  } catch (error) {
    if (error instanceof UpstreamsFileError) return error.problems;
    throw error;
  }
  return [];
};

describe(readJsonc, () => {
  it.each([
    ['comments', '// before\n{ /* in */ "a": 1 } // after'],
    ['commas behind the last member', '{ "a": 1, }'],
    ['a byte order mark', '\uFEFF{ "a": 1 }'],
    ['line ends of Windows', '\uFEFF{\r\n  "a": 1, // one\r\n}\r\n'],
  ])('reads %s', (_case, text) => {
    expect(readJsonc(text).value).toEqual({ a: 1 });
  });

  it('takes the marks of comments and commas within texts for texts', () => {
    expect(readJsonc('{ "a": "http://x/*y*/", "b": [",}", "\\u00e9\\n"], }').value).toEqual({
      a: 'http://x/*y*/',
      b: [',}', 'é\n'],
    });
  });

  it('reads what JSON.parse reads as JSON.parse does', () => {
    const text = '{"__proto__": {"x": 1}, "b": [null, true, -1.5e3, {"": []}], "a": 1, "a": 2}';
    const { value } = readJsonc(text);
    expect(value).toEqual(JSON.parse(text));
    expect(Object.keys(value as object)).toEqual(Object.keys(JSON.parse(text) as object));
  });

  it('keeps an integer that a double does not hold as the text that it was', () => {
    expect(readJsonc('[1915883588174806058, 42]').value).toEqual(['1915883588174806058', 42]);
  });

  it('knows the line of each member, and of the nearest one where there is none', () => {
    const { lineOf } = readJsonc('\uFEFF{\n// one\n"a": {\n"b": [\n1,\n2],\n"c/d": 3}}');
    expect(lineOf(['a'])).toBe(3);
    expect(lineOf(['a', 'b'])).toBe(4);
    expect(lineOf(['a', 'b', 1])).toBe(6);
    expect(lineOf(['a', 'c/d'])).toBe(7);
    expect(lineOf(['a', 'nowhere', 'x'])).toBe(3);
    expect(lineOf([])).toBe(1);
  });

  it.each([
    [
      'a text without its end',
      '{"a": {"x": "s3cret}}',
      ['line 1: the file is not JSON: a text does not end'],
    ],
    ['single quotes', "{\n'a': 1}", ['line 2: the file is not JSON: texts and names stand in double quotes']],
    ['a missing comma', '{"a": 1\n"b": 2}', ['line 2: the file is not JSON: a comma is missing']],
    [
      'a comment without its end',
      '{"a": 1} /* and',
      ['line 1: the file is not JSON: a comment does not end'],
    ],
    ['nothing', '', ['line 1: the file is not JSON: a value is missing']],
    [
      'several mistakes',
      '{"a": 1\n"b": 2,\n"c" 3,\n"d": tru}',
      [
        'line 2: the file is not JSON: a comma is missing',
        'line 3: the file is not JSON: a colon is missing',
        'line 4: the file is not JSON: texts and names stand in double quotes',
      ],
    ],
    ['UTF-16', Buffer.from('\uFEFF{}', 'utf16le').toString('utf8'), ['line 1: the file is not UTF-8']],
    ['too much', `"${'x'.repeat(MAX_FILE_LENGTH)}"`, ['line 1: the file has more than 262144 characters']],
    ['too many levels', `\n${'['.repeat(MAX_FILE_DEPTH + 1)}`, ['line 2: there are more than 32 levels']],
    ['levels without end', '{"a":'.repeat(40_000), ['line 1: there are more than 32 levels']],
  ])('refuses %s with every line, and quotes nothing', (_case, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  it('tells of ten mistakes at most', () => {
    expect(problemsOf(`{${'"a": 1\n'.repeat(100)}}`)).toHaveLength(10);
  });
});
