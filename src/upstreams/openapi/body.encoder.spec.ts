import { leastCpuOf } from '../../../test/helpers/cpu.js';
import { compile, OK, withPaths } from '../../../test/helpers/orders-api/compiled.js';
import { rawJSON } from '../../core/json/exact-numbers.js';
import { encodeBody } from './body.encoder.js';

const DEEP = { style: 'deepObject', explode: true };
const LIST = { type: 'array', items: {} };

/** The fields of a form as they arrive. */
async function fieldsOf(type: string, encoding: object, value: unknown): Promise<string[]> {
  const schema = {
    type: 'object',
    properties: { items: LIST, meta: { type: 'object' }, file: { format: 'binary' } },
  };
  const requestBody = { content: { [type]: { schema, encoding } } };
  const { operations } = await compile(
    withPaths({ '/a': { post: { operationId: 'a', requestBody, ...OK } } }),
  );
  const { content } = encodeBody(operations.get('a')!.body!, value);
  const fields = typeof content === 'string' ? new URLSearchParams(content) : (content as FormData);
  return [...fields].map(
    ([name, field]) => `${name}=${typeof field === 'string' ? field : `(${field.type})`}`,
  );
}

describe.each(['application/x-www-form-urlencoded', 'multipart/form-data'])('A form of %s', (type) => {
  it.each<[string, object, unknown, string[]]>([
    [
      'a list of objects',
      { items: DEEP },
      { items: [{ price: 'p1' }, { price: 'p2' }] },
      ['items[0][price]=p1', 'items[1][price]=p2'],
    ],
    ['a list of texts', { items: DEEP }, { items: ['a b', 'c&d'] }, ['items[]=a b', 'items[]=c&d']],
    [
      'a list within an item',
      { items: DEEP },
      { items: [{ tags: ['a'], meta: { k: 'v' } }] },
      ['items[0][tags][]=a', 'items[0][meta][k]=v'],
    ],
    [
      'lists of lists',
      { items: DEEP },
      { items: [[1, 2], [3]] },
      ['items[0][]=1', 'items[0][]=2', 'items[1][]=3'],
    ],
    [
      'an object',
      { meta: DEEP },
      { meta: { 'a[b]': true, c: { d: 1 } } },
      ['meta[a[b]]=true', 'meta[c][d]=1'],
    ],
    ['what is absent', { meta: DEEP, items: DEEP }, { meta: { a: null, b: {} }, items: [] }, []],
    ['a text in their place', { meta: DEEP }, { meta: 'x' }, ['meta=x']],
    [
      'numbers that no double holds',
      { items: DEEP },
      { items: [{ id: rawJSON('1915883588174806058') }] },
      ['items[0][id]=1915883588174806058'],
    ],
    ['a list between bars', { items: { style: 'pipeDelimited' } }, { items: ['a', 'b'] }, ['items=a|b']],
    ['an encoding that is nothing', { items: null }, { items: ['a', 'b'] }, ['items=a', 'items=b']],
  ])('has %s as APIs with its style take it', async (_what, encoding, value, fields) => {
    expect(await fieldsOf(type, encoding, value)).toEqual(fields);
  });
});

describe('A form with files', () => {
  it('has files beside what is written in a style', async () => {
    const fields = await fieldsOf(
      'multipart/form-data',
      { meta: DEEP, file: { style: 'form' } },
      { meta: { create: true }, file: 'aGk=' },
    );
    expect(fields).toEqual(['meta[create]=true', 'file=(application/octet-stream)']);
  });
});

describe('A form that arguments make too much of', () => {
  const DEEP_NAMES = (() => {
    let value: object = Object.fromEntries(Array.from({ length: 9000 }, (_, at) => [`k${at}`, 1]));
    for (let level = 0; level < 50; level += 1) value = { ['a'.repeat(1000)]: value };
    return value;
  })();

  it.each<[string, string, object, string]>([
    [
      'application/x-www-form-urlencoded',
      'nested names',
      { meta: DEEP_NAMES },
      '4,194,304 characters of a form',
    ],
    ['multipart/form-data', 'nested names', { meta: DEEP_NAMES }, '4,194,304 characters of a form'],
    [
      'application/x-www-form-urlencoded',
      'a name for each item',
      { ['n'.repeat(1000)]: Array.from({ length: 50_000 }, () => 1) },
      '4,194,304 characters of a form',
    ],
    [
      'multipart/form-data',
      'items',
      { items: Array.from({ length: 50_000 }, () => ({})) },
      '1000 fields of a form',
    ],
  ])('is refused: %s, %s', async (type, _what, value, message) => {
    const cpu = await leastCpuOf(() =>
      expect(fieldsOf(type, { meta: DEEP }, value)).rejects.toThrow(message),
    );
    expect(cpu).toBeLessThan(1_000_000);
  });
});
