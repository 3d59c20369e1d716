import { rawJSON } from '../../core/json/exact-numbers.js';
import { referringTo } from './local-references.js';

const AT = '#/components/schemas/a';
const moved = (schema: object): unknown => referringTo(AT, schema);

describe(referringTo.name, () => {
  it.each([
    ['#/$defs/b', `${AT}/$defs/b`],
    ['#', AT],
    ['#anchor', '#anchor'],
    ['https://example.com/b', 'https://example.com/b'],
  ])('leads %s to %s', (before, after) => {
    expect(moved({ anyOf: [{ $ref: before }] })).toEqual({ anyOf: [{ $ref: after }] });
  });

  it('finds them wherever there are schemas', () => {
    expect(moved({ properties: { $ref: { $ref: '#' }, default: { items: { $ref: '#' } } } })).toEqual({
      properties: { $ref: { $ref: AT }, default: { items: { $ref: AT } } },
    });
  });

  it('leaves values, what has an identity of its own, and numbers as they are', () => {
    const schema = {
      default: { $ref: '#' },
      enum: [{ $ref: '#' }],
      maximum: rawJSON('9223372036854775807'),
      items: { $id: 'urn:b', $ref: '#/$defs/b' },
    };
    expect(moved(schema)).toEqual(schema);
    expect(JSON.stringify(moved(schema))).toContain('9223372036854775807');
  });
});
