import { UriTemplate } from './uri-template.js';

const match = (template: string, uri: string): unknown => new UriTemplate(template).match(uri);

// RFC 6570, level 1.
describe(UriTemplate.name, () => {
  it.each<[string, string, Record<string, string>]>([
    ['x://items/{id}', 'x://items/7', { id: '7' }],
    ['x://items/{id}', 'x://items/a%20b%2Fc', { id: 'a b/c' }],
    ['x://items/{id}', 'x://items/%F0%9F%A6%8A', { id: '🦊' }],
    ['x://{host}/{item_1}/data', 'x://h/i/data', { host: 'h', item_1: 'i' }],
    ['x://{a}-{b}', 'x://1-2', { a: '1', b: '2' }],
    ['x://{a}-{b}', 'x://1-2-3', { a: '1', b: '2-3' }],
    ['x://{a}-{b}', 'x://--1', { a: '-', b: '1' }],
    ['x://{a}{b}/end', 'x://12/end', { a: '1', b: '2' }],
    ['x://{a}-{b}-end', 'x://1-end-end', { a: '1', b: 'end' }],
    ['x://fixed', 'x://fixed', {}],
    ['x://a.b/{id}', 'x://a.b/1', { id: '1' }],
    ['x://items/{id}', 'x://items/constructor', { id: 'constructor' }],
  ])('finds the variables of %s in %s', (template, uri, variables) => {
    expect(match(template, uri)).toEqual(variables);
  });

  it.each([
    ['x://items/{id}', 'x://items/'],
    ['x://items/{id}', 'x://items/1/2'],
    ['x://items/{id}', 'x://items/1?query'],
    ['x://items/{id}', 'x://items/1#part'],
    ['x://items/{id}', 'y://items/1'],
    ['x://items/{id}', ' x://items/1'],
    ['x://items/{id}', 'x://items/1\n'],
    ['x://items/{id}', 'x://items/1 2'],
    ['x://{a}-{b}', 'x://-1'],
    ['x://{a}-{b}', 'x://1-'],
    ['x://{a}-{b}', 'x://1/2-3'],
    ['x://{a}{b}', 'x://1'],
    ['x://fixed', 'x://fixed/'],
    ['x://items/{id}/data', 'x://items/1'],
    ['x://a.b/{id}', 'x://aXb/1'],
    ['x://a+b/{id}', 'x://aab/1'],
    ['x://items/{id}', 'x://items/%'],
    ['x://items/{id}', 'x://items/%FF'],
  ])('does not match %s with %j', (template, uri) => {
    expect(match(template, uri)).toBeUndefined();
  });

  it('knows the names of its variables, in order', () => {
    expect(new UriTemplate('x://{b}/{a}').names).toEqual(['b', 'a']);
    expect(new UriTemplate('x://fixed').names).toEqual([]);
  });

  it('is done with a URI of any length', () => {
    // Trying every place at which a value might end would take 10^12 steps here.
    const uri = `x://${'-'.repeat(1_000_000)}`;
    expect(match('x://{a}-{b}/end', uri)).toBeUndefined();
    expect(match('x://{a}-{b}-{c}', uri)).toMatchObject({ a: '-', b: '-' });
  });
});
