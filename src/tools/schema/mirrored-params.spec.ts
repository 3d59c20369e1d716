import { mirroredParamsOf } from './mirrored-params.js';

const mirrored = { type: 'string', 'x-mcp-header': 'Region' };
const schema = (properties: object, rest: object = {}) => ({ type: 'object', properties, ...rest }) as const;

describe(mirroredParamsOf.name, () => {
  it('finds parameters through properties, however deep', () => {
    expect(
      mirroredParamsOf(
        schema({
          region: mirrored,
          where: { type: 'object', properties: { zone: { type: 'integer', 'x-mcp-header': 'Zone' } } },
        }),
      ),
    ).toEqual([
      { header: 'Region', path: ['region'] },
      { header: 'Zone', path: ['where', 'zone'] },
    ]);
  });

  it('does not take a parameter of that name for an annotation', () => {
    expect(mirroredParamsOf(schema({ 'x-mcp-header': { type: 'string' } }))).toEqual([]);
  });

  it.each([
    ['an empty name', schema({ a: { type: 'string', 'x-mcp-header': '' } }), /no header name/],
    ['a name with a line feed', schema({ a: { type: 'string', 'x-mcp-header': 'A\nB' } }), /no header name/],
    ['a name that is no text', schema({ a: { type: 'string', 'x-mcp-header': 1 } }), /no header name/],
    ['a number', schema({ a: { type: 'number', 'x-mcp-header': 'A' } }), /integer, string and boolean/],
    ['an object', schema({ a: { type: 'object', 'x-mcp-header': 'A' } }), /integer, string and boolean/],
    [
      'two of one name',
      schema({ a: mirrored, b: { type: 'string', 'x-mcp-header': 'region' } }),
      /share a name/,
    ],
    ['one among items', schema({ a: { type: 'array', items: mirrored } }), /through "properties" alone/],
    ['one in a branch', schema({}, { anyOf: [schema({ a: mirrored })] }), /through "properties" alone/],
    ['one in a definition', schema({}, { $defs: { a: mirrored } }), /through "properties" alone/],
  ])('refuses %s', (_what, bad, why) => {
    expect(() => mirroredParamsOf(bad)).toThrow(why);
  });
});
