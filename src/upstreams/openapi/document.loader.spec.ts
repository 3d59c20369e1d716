import { compile, OK } from '../../../test/helpers/orders-api/compiled.js';
import { readDocument } from './document.loader.js';

describe(readDocument.name, () => {
  const load = (text: string): Promise<unknown> =>
    readDocument(new TextEncoder().encode(text)).catch((error: Error) => error.message);

  it.each([
    ['', /no object/],
    ['[]', /no object/],
    ['{"openapi":', /no JSON/],
    ['a: [', /no YAML/],
    ['{}', /no OpenAPI document/],
    ['{"openapi":"3.0.0","info":{}}', /no OpenAPI document/],
    [
      `a: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefghij'.replaceAll(/./g, (n) => `${n}: &${n} [${`*${String.fromCharCode(n.charCodeAt(0) - 1)},`.repeat(9)}]\n`)}`,
      /no YAML/,
    ],
  ])('refuses %j', async (text, message) => {
    expect(await load(text)).toMatch(message);
  });

  it('takes a document with faults that matter to none of its operations', async () => {
    const { operations } = await compile({
      openapi: '3.0.0',
      paths: { '/a': { get: { operationId: 'a', ...OK } } },
    });
    expect([...operations.keys()]).toEqual(['a']);
  });
});
