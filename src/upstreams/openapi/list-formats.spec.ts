import { compile } from '../../../test/helpers/orders-api/compiled.js';
import { encodeBody } from './body.encoder.js';
import { noteListFormats } from './list-formats.js';
import { buildRequest } from './request.builder.js';

const OK = { responses: { 200: { description: 'ok' } } };
const LIST = ['a', 'b c'];
const OPTIONS = { baseUrl: new URL('http://api.example/'), credentials: new Map(), headers: {} } as const;

/** A Swagger 2.0 document of one operation that has one list. */
const swagger = (location: string, collectionFormat?: string, consumes?: string): object => ({
  swagger: '2.0',
  info: { title: 'lists', version: '1' },
  paths: {
    [location === 'path' ? '/x/{ids}' : '/x']: {
      post: {
        operationId: 'op',
        ...(consumes && { consumes: [consumes] }),
        parameters: [
          {
            ...{ name: 'ids', in: location, required: true, type: 'array', items: { type: 'string' } },
            ...(collectionFormat && { collectionFormat }),
          },
        ],
        ...OK,
      },
    },
  },
});

const sent = async (location: string, format?: string): Promise<string | null> => {
  const operation = (await compile(swagger(location, format))).operations.get('op')!;
  const { url, init } = buildRequest(operation, { ids: LIST }, OPTIONS);
  if (location === 'header') return init.headers.get('ids');
  return location === 'query' ? url.search.slice(1) : url.pathname;
};

describe(noteListFormats.name, () => {
  it.each([
    ['query', undefined, 'ids=a,b%20c'],
    ['query', 'csv', 'ids=a,b%20c'],
    ['query', 'ssv', 'ids=a%20b%20c'],
    ['query', 'tsv', 'ids=a%09b%20c'],
    ['query', 'pipes', 'ids=a%7Cb%20c'],
    ['query', 'multi', 'ids=a&ids=b%20c'],
    ['path', undefined, '/x/a,b%20c'],
    ['path', 'pipes', '/x/a%7Cb%20c'],
    ['path', 'tsv', '/x/a%09b%20c'],
    ['header', 'csv', 'a,b c'],
    ['header', 'pipes', 'a|b c'],
    ['header', 'ssv', 'a b c'],
  ])('has a list in %s as %s', async (location, format, expected) => {
    expect(await sent(location, format)).toBe(expected);
  });

  it.each([
    [undefined, 'a,b c'],
    ['csv', 'a,b c'],
    ['ssv', 'a b c'],
    ['tsv', 'a\tb c'],
    ['pipes', 'a|b c'],
  ])('has a list in a form as %s', async (format, expected) => {
    const encoded = async (consumes: string) => {
      const { operations } = await compile(swagger('formData', format, consumes));
      return encodeBody(operations.get('op')!.body!, { ids: LIST }).content;
    };
    const text = (await encoded('application/x-www-form-urlencoded')) as string;
    expect(new URLSearchParams(text).getAll('ids')).toEqual([expected]);
    expect(((await encoded('multipart/form-data')) as FormData).getAll('ids')).toEqual([expected]);
  });

  it('has each item of a list that is multi in a form for itself', async () => {
    for (const consumes of ['application/x-www-form-urlencoded', 'multipart/form-data']) {
      const { operations } = await compile(swagger('formData', 'multi', consumes));
      const { content } = encodeBody(operations.get('op')!.body!, { ids: LIST });
      const form = typeof content === 'string' ? new URLSearchParams(content) : (content as FormData);
      expect(form.getAll('ids')).toEqual(LIST);
    }
  });

  it.each(['query', 'formData', 'path'])(
    'leaves out an operation whose list in %s is in no format',
    async (at) => {
      const { operations, leftOut } = await compile(swagger(at, 'semicolons'));
      expect(operations.size).toBe(0);
      expect(leftOut[0]!.reason).toBe('The format of the list ids is not known: "semicolons"');
    },
  );
});
