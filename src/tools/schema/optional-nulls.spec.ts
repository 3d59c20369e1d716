import type { ObjectSchema } from '../tool-definition.js';
import { takingOptionalNulls } from './optional-nulls.js';
import { SchemaCompiler } from './schema-compiler.js';

const SCHEMA: ObjectSchema = {
  type: 'object',
  properties: {
    region: { type: 'string' },
    verbose: { type: 'boolean' },
    limit: { type: 'integer', default: 10 },
    note: { type: ['string', 'null'], maxLength: 3 },
  },
  required: ['region'],
  additionalProperties: false,
};

const inPlace = takingOptionalNulls(new SchemaCompiler().compile(SCHEMA), SCHEMA);
const elsewhere = takingOptionalNulls(
  (value) => Promise.resolve(new SchemaCompiler().compile(SCHEMA)(value)),
  SCHEMA,
);

describe.each([
  ['at once', inPlace],
  ['by a promise', elsewhere],
])('optional arguments that are null, checked %s', (_, check) => {
  it.each([
    [{ region: 'eu', verbose: null }],
    [{ region: 'eu', verbose: null, limit: null }],
    [{ region: 'eu', note: null, verbose: null }],
    [{ region: 'eu', surprise: null }],
  ])('takes %j and leaves it as it is', async (value) => {
    const given = JSON.stringify(value);
    expect(await check(value)).toEqual([]);
    expect(Object.entries(value).filter(([, argument]) => argument === null)).toEqual(
      Object.entries(JSON.parse(given) as object).filter(([, argument]) => argument === null),
    );
  });

  it.each([
    [{ region: null }, ['region must be string']],
    [{ region: 'eu', verbose: null, limit: 'x' }, ['limit must be integer']],
    [{ verbose: null }, ["arguments must have required property 'region'"]],
  ])('says of %j what is wrong, and nothing of the null', async (value, problems) => {
    expect(await check(value)).toEqual(problems);
  });
});
