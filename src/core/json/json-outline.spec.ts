import { outlineOf } from './json-outline.js';

describe(outlineOf.name, () => {
  const NAMES = ['id', 'method', 'result'];

  it.each([
    ['{"jsonrpc":"2.0","id":9,"method":"ping"}', { id: 9, method: 'ping' }],
    [
      ' { "id" : "a\\"b:,{" , "params" : {"id": 1, "a": [{"method": 2}]} , "method" : "x" } ',
      { id: 'a"b:,{', method: 'x' },
    ],
    ['{"result":{"id":2},"id":null}', { result: null, id: null }],
    ['{"result":[],"id":1}', { result: null, id: 1 }],
    ['{"id":1,"id":2}', { id: 2 }],
    ['{"\\u0069d":1,"\\"id":2}', { id: 1 }],
    ['{"params":[1,2,"id"],"id":3}', { id: 3 }],
    ['{"id":1e}', {}],
    ['{"id"', {}],
    ['{}', {}],
    ['[{"id":1}]', {}],
    ['"id"', {}],
    ['', {}],
  ])('reads %s', (text, expected) => {
    expect(outlineOf(text, NAMES)).toEqual(expected);
  });

  it('passes over what is too deep or too much to be parsed', () => {
    const deep = '['.repeat(200_000);
    const long = Array.from({ length: 200_000 }, (_, index) => `"m${index}":0`).join();
    expect(outlineOf(`{"id":1,"a":${deep}${deep.replaceAll('[', ']')},"method":"x",${long}}`, NAMES)).toEqual(
      {
        id: 1,
        method: 'x',
      },
    );
  });
});
