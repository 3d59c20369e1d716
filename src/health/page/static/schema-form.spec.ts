import { argumentsOf, type Field, fieldsOf, MAX_FIELDS, valuesOf } from './schema-form.js';

const SCHEMA = {
  type: 'object',
  properties: {
    count: { type: 'integer', minimum: 1, maximum: 20, default: 4, description: 'How many.' },
    ratio: { type: ['number', 'null'] },
    deep: { type: 'boolean' },
    mode: { enum: ['auto', 'icmp', null] },
    size: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
    names: { type: 'array', items: { type: 'string' }, maxItems: 3 },
    filter: { type: 'object' },
    either: { oneOf: [{ type: 'string' }, { type: 'integer' }] },
    target: { type: 'string', minLength: 1, maxLength: 253 },
  },
  required: ['target'],
};
const fields = fieldsOf(SCHEMA)!;
const kinds = (schema: unknown): Record<string, string> =>
  Object.fromEntries((fieldsOf(schema) ?? []).map(({ name, kind }) => [name, kind]));
const text = (values: Record<string, string>): string => argumentsOf(fields, { target: 'a', ...values }).text;

describe('fieldsOf', () => {
  it('makes a field of each property, of a kind that it can be said in, the needed ones first', () => {
    expect(kinds(SCHEMA)).toEqual({
      target: 'text',
      count: 'integer',
      ratio: 'number',
      deep: 'boolean',
      mode: 'choice',
      size: 'integer',
      names: 'lines',
      filter: 'json',
      either: 'json',
    });
    expect(fields[0]).toMatchObject({ name: 'target', isRequired: true, hint: '1 to 253 characters.' });
  });

  it('tells bounds and defaults', () => {
    const count = fields.find(({ name }) => name === 'count');
    expect(count).toMatchObject({ hint: '1 to 20, default 4.', fallback: '4', description: 'How many.' });
  });

  it.each([
    [undefined],
    ['text'],
    [{ oneOf: [{ type: 'object' }] }],
    [{ properties: Object.fromEntries(Array.from({ length: MAX_FIELDS + 1 }, (_, at) => [`a${at}`, {}])) }],
  ])('makes no form of %p', (schema) => {
    expect(fieldsOf(schema)).toBeUndefined();
  });

  it('takes what a stranger calls a schema', () => {
    const schema = {
      properties: { a: 1, b: null, c: { type: 7, enum: 'x', description: {} } },
      required: 'a',
    };
    expect(kinds(schema)).toEqual({ a: 'json', b: 'json', c: 'json' });
  });
});

describe('argumentsOf', () => {
  it('leaves out what is left empty', () => {
    expect(text({ count: ' ', mode: '' })).toBe('{"target": "a"}');
  });

  it('sends each number with the digits that were typed', () => {
    expect(text({ count: '123456789012345678901234567890' })).toContain(
      '"count": 123456789012345678901234567890',
    );
    expect(text({ ratio: '1.10' })).toContain('"ratio": 1.10');
  });

  it('sends texts, choices, lines and JSON as what they are', () => {
    const args = JSON.parse(
      text({ target: '"<b>\\', mode: '1', deep: 'false', names: ' x \n\ny', filter: '{"a": [1]}' }),
    ) as unknown;
    expect(args).toEqual({
      target: '"<b>\\',
      mode: 'icmp',
      deep: false,
      names: ['x', 'y'],
      filter: { a: [1] },
    });
  });

  it.each([
    ['count', '1.5', 'This is no whole number.'],
    ['count', '0x10', 'This is no whole number.'],
    ['ratio', 'NaN', 'This is no number.'],
    ['ratio', '01', 'This is no number.'],
    ['filter', '{a: 1}', 'This is not JSON.'],
    ['target', '', 'This is needed.'],
  ])('says what is wrong with %s %j', (name, value, problem) => {
    expect(argumentsOf(fields, { target: 'a', [name]: value }).problems).toEqual({ [name]: problem });
  });
});

describe('valuesOf', () => {
  it.each([
    { target: 'a' },
    {
      target: 'a',
      count: '3',
      ratio: '-2.5',
      deep: 'true',
      mode: '0',
      names: 'x\ny',
      filter: '{"a":[1]}',
      either: '"z"',
    },
  ])('puts the arguments of %j back into the fields', (values) => {
    expect(valuesOf(fields, argumentsOf(fields, values).text)).toEqual(values);
  });

  it.each([
    '[]',
    '{',
    '{"unknown": 1}',
    '{"count": "3"}',
    '{"count": 12345678901234567890}',
    '{"mode": "other"}',
    '{"names": ["a\\nb"]}',
    '{"target": "two\\nlines"}',
    '{"target": null}',
  ])('says that the fields cannot hold %s', (json) => {
    expect(valuesOf(fields, json)).toBeUndefined();
  });

  it('knows a member of every object for none of the fields', () => {
    expect(valuesOf([] as Field[], '{"toString": 1}')).toBeUndefined();
  });
});
