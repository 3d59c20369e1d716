import { rawJSON } from '../../core/json/exact-numbers.js';
import type { ObjectSchema } from '../tool-definition.js';
import { checkedSchema } from './checked-schema.js';

const BIG = rawJSON('1915883588174806058');
const of = (properties: object): ObjectSchema => ({ type: 'object', properties });

describe(checkedSchema.name, () => {
  it('is the schema itself where doubles hold all numbers', () => {
    const schema = of({ a: { default: 1, maximum: 1.5 } });
    expect(checkedSchema(schema)).toBe(schema);
  });

  it.each([
    ['bounds as doubles', { a: { maximum: BIG } }, { a: { maximum: Number(BIG.rawJSON) } }],
    ['no default that a double changes', { a: { default: BIG } }, { a: {} }],
    ['no default that has such a number', { a: { default: { b: [BIG] } } }, { a: {} }],
    [
      'other defaults',
      { a: { default: 1 }, b: { const: BIG } },
      { a: { default: 1 }, b: { const: Number(BIG.rawJSON) } },
    ],
    [
      'a property that is called default',
      { default: { minimum: BIG } },
      { default: { minimum: Number(BIG.rawJSON) } },
    ],
    [
      'values that are no schemas',
      { a: { const: { default: BIG } }, b: { items: { default: BIG } } },
      { a: { const: { default: Number(BIG.rawJSON) } }, b: { items: {} } },
    ],
  ])('has %s', (_what, properties, wanted) => {
    expect(checkedSchema(of(properties))).toEqual(of(wanted));
  });
});
