import { errorResult, withErrorForm } from './error-form.js';
import { SchemaCompiler } from './schema-compiler.js';
import type { ObjectSchema } from '../tool-definition.js';
import { ToolError } from '../tool-error.js';

const FAILURE = errorResult(new ToolError('timeout', 'Too slow.', 'Ask for less.', { seconds: 3 }));

/** Output schemas as tools have them, with data that fits and data that does not. */
const SCHEMAS: Readonly<Record<string, { schema: ObjectSchema; good: object; bad: object }>> = {
  'with required members': {
    schema: { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] },
    good: { a: 1 },
    bad: { b: 1 },
  },
  'with optional members': {
    schema: { type: 'object', properties: { a: { type: 'number' } } },
    good: {},
    bad: { a: 'x' },
  },
  'closed to further members': {
    schema: { type: 'object', properties: { a: {} }, required: ['a'], additionalProperties: false },
    good: { a: 1 },
    bad: { a: 1, b: 2 },
  },
  'without properties': {
    schema: { type: 'object', additionalProperties: { type: 'number' } },
    good: { a: 1 },
    bad: { a: 'x' },
  },
  'with anyOf': {
    schema: { type: 'object', anyOf: [{ required: ['a'] }, { required: ['b'] }] },
    good: { b: 1 },
    bad: { c: 1 },
  },
  'with oneOf beside properties': {
    schema: {
      type: 'object',
      properties: { a: {}, b: {} },
      oneOf: [{ required: ['a'] }, { required: ['b'] }],
    },
    good: { a: 1 },
    bad: { a: 1, b: 1 },
  },
  'with allOf beside properties': {
    schema: { type: 'object', properties: { a: {} }, allOf: [{ required: ['a'] }] },
    good: { a: 1 },
    bad: {},
  },
  'with minProperties': {
    schema: { type: 'object', properties: { a: {}, b: {} }, minProperties: 2 },
    good: { a: 1, b: 1 },
    bad: { a: 1 },
  },
  'with a reference to a definition of its own': {
    schema: {
      type: 'object',
      properties: { node: { $ref: '#/$defs/node' } },
      required: ['node'],
      $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
    },
    good: { node: { next: { next: {} } } },
    bad: { node: { next: 1 } },
  },
  'that is itself a reference': {
    schema: {
      type: 'object',
      $ref: '#/$defs/out',
      $defs: { out: { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] } },
    },
    good: { a: 1 },
    bad: { a: 'x' },
  },
  'with anyOf over definitions': {
    schema: {
      type: 'object',
      anyOf: [{ $ref: '#/$defs/a' }],
      $defs: { a: { required: ['a'] } },
    },
    good: { a: 1 },
    bad: { b: 1 },
  },
  'that refers to itself': {
    schema: { type: 'object', properties: { v: { type: 'number' }, next: { $ref: '#' } }, required: ['v'] },
    good: { v: 1, next: { v: 2 } },
    bad: { v: 1, next: { v: 'x' } },
  },
  'with an error of its own': {
    schema: { type: 'object', properties: { error: { type: ['string', 'null'] }, a: {} }, required: ['a'] },
    good: { a: 1, error: 'half of the disks did not answer' },
    bad: { error: 'x' },
  },
};

describe(withErrorForm.name, () => {
  describe.each(Object.entries(SCHEMAS))('of a schema %s', (_name, { schema, good, bad }) => {
    const check = (value: object): readonly string[] =>
      new SchemaCompiler().compile(withErrorForm(schema))(value);

    it('is a schema of an object, as MCP demands', () => {
      expect(withErrorForm(schema)).toMatchObject({ type: 'object' });
    });

    it('admits what the tool answers', () => {
      expect(new SchemaCompiler().compile(schema)(structuredClone(good))).toEqual([]);
      expect(check(structuredClone(good))).toEqual([]);
    });

    it('admits a failure', () => {
      expect(check(structuredClone(FAILURE.structuredContent as object))).toEqual([]);
    });

    it('refuses what the tool must not answer', () => {
      expect(check(structuredClone(bad))).not.toEqual([]);
    });

    it('leaves the schema of the tool as it was', () => {
      const before = structuredClone(schema);
      withErrorForm(schema);
      expect(schema).toEqual(before);
    });
  });
});

describe(errorResult.name, () => {
  it('has the message and the remedy as text, and the same with the code as data', () => {
    expect(FAILURE).toEqual({
      isError: true,
      content: [{ type: 'text', text: 'Too slow. Ask for less.' }],
      structuredContent: { error: { code: 'timeout', message: 'Too slow. Ask for less.', seconds: 3 } },
    });
  });

  it('does without a remedy', () => {
    expect(errorResult(new ToolError('cancelled', 'It was cancelled.')).content).toEqual([
      { type: 'text', text: 'It was cancelled.' },
    ]);
  });

  it('does not let further members replace the code or the message', () => {
    const { structuredContent } = errorResult(
      new ToolError('timeout', 'Too slow.', undefined, { code: 'forged', message: 'forged' }),
    );
    expect(structuredContent).toEqual({ error: { code: 'timeout', message: 'Too slow.' } });
  });
});
