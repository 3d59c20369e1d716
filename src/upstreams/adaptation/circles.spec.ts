import { MAX_SAME_VALUE, refuseCircles } from './circles.js';

const SELF = { $ref: '#' };
const chain = (length: number): object => ({
  $ref: '#/$defs/d0',
  $defs: Object.fromEntries(
    Array.from({ length }, (_, index) => [
      `d${index}`,
      index === length - 1 ? {} : { $ref: `#/$defs/d${index + 1}` },
    ]),
  ),
});

describe(refuseCircles.name, () => {
  it.each([
    { type: 'object', allOf: [SELF] },
    SELF,
    { oneOf: [{ required: ['a'] }, SELF] },
    { anyOf: [SELF, { required: ['a'] }] },
    { not: SELF },
    { if: SELF, else: true },
    { allOf: [{ allOf: [{ not: SELF }] }] },
    { $ref: '#/$defs/a~1b%20c', $defs: { 'a/b c': { allOf: [{ $ref: '#/$defs/d' }] }, d: SELF } },
    { allOf: [{ $ref: '#/properties/a' }], properties: { a: { $ref: '#/properties/a' } } },
    chain(MAX_SAME_VALUE + 10),
  ])('refuses %j', (schema) => expect(() => refuseCircles(schema)).toThrow('in a circle'));

  it.each([
    { properties: { a: SELF }, items: SELF, additionalProperties: SELF },
    { anyOf: [{ required: ['a'] }, SELF] },
    { allOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }], $defs: { a: { properties: { b: SELF } } } },
    { $ref: '#/$defs/nowhere' },
    { $ref: '#/%' },
    { $ref: '#anchor' },
    { $ref: 'https://example.com/schema' },
    { allOf: SELF, if: null },
    { type: 'object', if: SELF },
    true,
    chain(20),
  ])('takes %j', (schema) => expect(() => refuseCircles(schema)).not.toThrow());
});
