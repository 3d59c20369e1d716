import { compile, OK, toolOf, withPaths } from '../../../test/helpers/orders-api/compiled.js';
import type { OpenApiUpstream } from '../file/upstream.entry.js';
import { readDocument } from './document.loader.js';
import { describeService } from './openapi.service.js';

/** Paths of which `/good` is sound; what is left out of the others, by operation. */
async function leftOutOf(document: object): Promise<Readonly<Record<string, string>>> {
  const { operations, leftOut } = await compile(document);
  expect([...operations.keys()]).toEqual(['good']);
  return Object.fromEntries(leftOut.map(({ operation, reason }) => [operation, reason]));
}

const GOOD = { '/good': { get: { operationId: 'good', ...OK } } };
const CIRCLES = {
  Itself: { $ref: '#/components/schemas/Itself' },
  One: { $ref: '#/components/schemas/Other' },
  Other: { description: 'x', $ref: '#/components/schemas/One' },
  Part: { type: 'object', allOf: [{ type: 'object' }, { allOf: [{ $ref: '#/components/schemas/Part' }] }] },
};
const inPost = (members: object): object =>
  withPaths({ ...GOOD, '/bad': { post: { ...OK, ...members } } }, { schemas: CIRCLES });
const inJson = (schema: object): object => ({ requestBody: { content: { 'application/json': { schema } } } });
const inForm = (encoding: object, type = 'application/x-www-form-urlencoded'): object => ({
  requestBody: { content: { [type]: { schema: { properties: { a: {} } }, encoding: { a: encoding } } } },
});
const withParameter = (members: object): object =>
  inPost({ parameters: [{ name: 'a', in: 'query', ...members }] });

describe('What is merely written otherwise', () => {
  it.each([
    ['a version that is a number', { ...withPaths(GOOD), openapi: 3.1 }],
    ['a version of Swagger that is a number', { swagger: 2, info: {}, paths: GOOD }],
    ['a method in large letters', withPaths({ '/good': { GET: { operationId: 'good', ...OK } } })],
  ])('is read: %s', async (_what, document) => {
    expect(await leftOutOf(document)).toEqual({});
  });

  it('is read: flags that are texts', async () => {
    const parameters = [
      { name: 'a', in: 'query', required: 'true', explode: 'False', schema: { type: 'array' } },
      { name: 'b', in: 'query', required: 'false', schema: {} },
    ];
    const { operations } = await compile(
      withPaths({ '/good': { get: { operationId: 'good', parameters, ...OK } } }),
    );
    const good = operations.get('good')!;
    expect(good.parameters).toMatchObject([
      { isRequired: true, how: { explode: false } },
      { isRequired: false },
    ]);
  });

  it('is bytes: a member of a form of which only its type is told', async () => {
    const { operations } = await compile(inPost(inForm({ contentType: 'image/png' }, 'multipart/form-data')));
    const { body } = [...operations.values()].find(({ method }) => method === 'POST')!;
    expect(body!.members.get('a')).toMatchObject({ isBinary: true });
  });
});

describe('One bad operation costs that operation', () => {
  it.each<[string, object, RegExp]>([
    ['is behind a reference to another file', { $ref: './paths/create.yaml' }, /leads out of the document/],
    ['is behind one to another server', { $ref: 'https://a.example/b.json#/c' }, /leads out of the document/],
    ['is behind a reference to nowhere', { $ref: '#/components/pathItems/A/post' }, /leads nowhere/],
    ['has a parameter in another file', { parameters: [{ $ref: 'a.yaml#/b' }] }, /leads out of the document/],
    ['has a body in another file', { requestBody: { $ref: 'body.json' } }, /leads out of the document/],
    ['has parameters that are no list', { parameters: { name: 'a', in: 'query' } }, /parameters are no list/],
    ['has a parameter that is nothing', { parameters: [null] }, /object is missing/],
    ['has a body that is nothing', { requestBody: null }, /object is missing/],
    ['has a body that is a text', { requestBody: 'a' }, /object is missing/],
    ['has content that is nothing', { requestBody: { content: null } }, /malformed/],
    ['says of security what is none', { security: { key: [] } }, /security is malformed/],
    ['has a requirement that is nothing', { security: [null] }, /security is malformed/],
    ['has servers that are no list', { servers: { url: '/' } }, /servers are malformed/],
    ['has a server without an address', { servers: [{}] }, /^It is served elsewhere: \/$/],
    ['has a server whose address is null', { servers: [{ url: null }] }, /^It is served elsewhere: \/$/],
    ['has a server whose address is a number', { servers: [{ url: 7 }] }, /servers are malformed/],
    ['has content in another file', { requestBody: { content: { $ref: 'a.yaml' } } }, /body has no content/],
    ['has content of no media type', { requestBody: { content: { json: {} } } }, /body has no content/],
    [
      'has content that is a list',
      { requestBody: { content: [] } },
      /content of its request body is malformed/,
    ],
    ['has a body that is itself', inJson({ $ref: '#/components/schemas/Itself' }), /lead in a circle/],
    ['has a body that is itself by turns', inJson({ $ref: '#/components/schemas/One' }), /lead in a circle/],
    [
      'has a member that is a part of itself',
      inJson({ items: { $ref: '#/components/schemas/Part' } }),
      /circle/,
    ],
    [
      'is a form with a style that is none',
      inForm({ style: 'deepobject' }),
      /a style that no form has: deepobject/,
    ],
    ['is a form with a style of paths', inForm({ style: 'matrix' }), /a style that no form has: matrix/],
    ['is a form with files and such a style', inForm({ style: 'simple' }, 'multipart/form-data'), /: simple/],
    ['has a schema by its bare name', inJson({ $ref: 'Pet' }), /Pet leads out of the document/],
    ['has a schema by a number', inJson({ $ref: 7 }), /7 leads out of the document/],
    [
      'has a schema of another file far within',
      inJson({ items: { not: { $ref: 'a.json' } } }),
      /a\.json leads out/,
    ],
  ])('that %s', async (_what, operation, reason) => {
    expect(await leftOutOf(inPost({ ...operation }))).toEqual({ 'POST /bad': expect.stringMatching(reason) });
  });

  it.each<[string, object, RegExp]>([
    ['no such place', { in: 'body' }, /is in body/],
    ['a style of another place', { style: 'matrix' }, /style that its place does not have: matrix/],
    ['a style that is none', { style: 'deepobject' }, /deepobject/],
    ['the name of no header', { in: 'header', name: 'X Bad' }, /no name of a header/],
    ['no place in the path', { in: 'path' }, /no place for its parameters: a/],
    ['a schema that is a text', { schema: 'string' }, /"string" stands where a schema has to be/],
    ['a schema with one within', { schema: { items: 7 } }, /7 stands where a schema has to be/],
    ['content that is nothing', { content: { 'application/json': null } }, /malformed/],
  ])('whose parameter has %s', async (_what, parameter, reason) => {
    expect(await leftOutOf(withParameter(parameter))).toEqual({ 'POST /bad': expect.stringMatching(reason) });
  });

  it.each<[string, unknown, RegExp]>([
    ['behind a reference to another file', { $ref: './paths/all.yaml' }, /leads out of the document/],
    ['that is nothing', null, /object is missing/],
    ['that is a list', [], /object is missing/],
  ])('or the path, once, of a path item %s', async (_what, item, reason) => {
    expect(await leftOutOf(withPaths({ ...GOOD, '/bad': item }))).toEqual({
      '/bad': expect.stringMatching(reason),
    });
  });

  it('that has a brace alone, or a method that is not called', async () => {
    const paths = { ...GOOD, '/a/{id': { get: OK }, '/b': { trace: OK, query: OK } };
    expect(await leftOutOf(withPaths(paths))).toEqual({
      'GET /a/{id': 'The path has a brace without the other one',
      'TRACE /b': 'Its method is not called',
      'QUERY /b': 'Its method is not called',
    });
  });

  it.each(['3.0.3', '3.1.0'])('is served where nothing is said of its answers, in %s', async (openapi) => {
    const nothing = {
      '/a': { get: { operationId: 'a', responses: null } },
      '/b': { get: { operationId: 'b' } },
      '/c': { get: { operationId: 'c', responses: { 200: null } } },
      '/d': { get: { operationId: 'd', responses: { 200: { $ref: 'answers.yaml#/d' } } } },
      '/e': { get: { operationId: 'e', responses: { 200: { content: { 'application/json': null } } } } },
      '/f': {
        get: {
          operationId: 'f',
          responses: {
            200: {
              content: {
                'application/json': { schema: { type: 'object', properties: { a: { $ref: 'b.json' } } } },
              },
            },
          },
        },
      },
      '/g': null,
    };
    const { operations, leftOut } = await compile({ ...withPaths(nothing), openapi });
    expect([...operations.keys()]).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(leftOut.map(({ operation }) => operation)).toEqual(['/g']);
  });

  it('follows references within the document, and keeps what stands beside one', async () => {
    const compiled = await compile(
      withPaths(
        {
          '/a': { $ref: '#/components/pathItems/A', post: { operationId: 'own', ...OK } },
          '/b': { get: { $ref: '#/paths/~1a~1b/get' } },
          '/a/b': { get: { operationId: 'there', ...OK } },
        },
        { pathItems: { A: { get: { operationId: 'shared', ...OK }, post: { operationId: 'no', ...OK } } } },
      ),
    );
    expect([...compiled.operations.values()].map(({ method, path }) => `${method} ${path}`)).toEqual([
      ...['GET /a', 'POST /a', 'GET /b', 'GET /a/b'],
    ]);
    expect(toolOf(compiled, 'own')).toBeDefined();
  });

  // What breaks the library that makes OpenAPI 3.1 of it.
  it.each<[string, object, object]>([
    [
      'Swagger 2.0, an operation',
      { swagger: '2.0', paths: { ...GOOD, '/bad': { post: { parameters: [null], ...OK } } } },
      { 'POST /bad': expect.stringMatching(/malformed|missing/) },
    ],
    [
      'Swagger 2.0, parameters that are no list',
      { swagger: '2.0', paths: { ...GOOD, '/bad': { post: { parameters: 'a', ...OK } } } },
      { 'POST /bad': expect.stringMatching(/malformed|no list/) },
    ],
    [
      'Swagger 2.0, what a body is said to be in',
      { swagger: '2.0', paths: { ...GOOD, '/bad': { post: { consumes: 7, parameters: [{ in: 'body' }] } } } },
      { 'POST /bad': 'It is malformed: consumes is not iterable' },
    ],
    [
      'Swagger 2.0, a path item with two methods',
      {
        swagger: '2.0',
        paths: { ...GOOD, '/bad': { post: { parameters: 'a' }, put: { parameters: 'a' }, parameters: [] } },
      },
      { 'POST /bad': expect.stringMatching(/malformed/), 'PUT /bad': expect.stringMatching(/malformed/) },
    ],
    [
      'Swagger 2.0, a credential that is nothing',
      { swagger: '2.0', paths: GOOD, securityDefinitions: { a: null } },
      {},
    ],
    [
      'Swagger 2.0, nothing where a path has more',
      {
        swagger: '2.0',
        paths: { ...GOOD, '/b': { parameters: null, summary: null, post: null, get: OK } },
      },
      {},
    ],
    [
      'Swagger 2.0, answers that are nothing',
      {
        swagger: '2.0',
        paths: { ...GOOD, '/b': { get: { responses: { 200: null } } }, '/c': { get: { responses: null } } },
      },
      {},
    ],
  ])('in %s', async (_what, document, leftOut) => {
    const info = { title: 'A', version: '1' };
    const { operations, leftOut: compiledOut } = await describe(JSON.stringify({ info, ...document }));
    expect([...operations.keys()]).toContain('good');
    expect(Object.fromEntries(compiledOut.map(({ operation, reason }) => [operation, reason]))).toEqual(
      leftOut,
    );
  });

  const entry = (members: object = {}): OpenApiUpstream =>
    ({
      openapi: '/nowhere.json',
      baseUrl: 'http://127.0.0.1:1/v1',
      auth: {},
      excludeTags: [],
      outputSchemas: 'enforce',
      ...members,
    }) as unknown as OpenApiUpstream;
  const describe = async (text: string, members?: object): Promise<ReturnType<typeof describeService>> =>
    describeService(entry(members), await readDocument(new TextEncoder().encode(text)));

  it('is called at the server that baseUrl stands for, and at no other', async () => {
    const at = (name: string, ...urls: string[]): object => ({
      [`/${name}`]: { get: { operationId: name, servers: urls.map((url) => ({ url })), ...OK } },
    });
    const document = {
      openapi: '3.1.0',
      info: { title: 'A', version: '1' },
      servers: [{ url: 'https://{where}.example/v1', variables: { where: { default: 'api' } } }],
      paths: {
        ...GOOD,
        ...at('same', 'https://api.example/v1/'),
        ...at('relative', '/v1'),
        ...at('one', 'https://upload.example/v1', 'https://api.example/v1'),
        ...at('given', 'http://127.0.0.1:1/v1'),
        ...at('none'),
        ...at('upload', 'https://upload.example/v1'),
        ...at('version', '/v2'),
        ...at('port', 'https://api.example:8443/v1'),
        ...at('plain', 'http://api.example/v1'),
        '/path': { servers: [{ url: 'https://upload.example' }], get: { operationId: 'path', ...OK } },
      },
    };
    const { operations, leftOut } = await describe(JSON.stringify(document));
    expect([...operations.keys()]).toEqual(['good', 'same', 'relative', 'one', 'given', 'none']);
    expect(leftOut.map(({ operation, reason }) => `${operation}: ${reason}`)).toEqual([
      'GET /upload: It is served elsewhere: https://upload.example/v1',
      'GET /version: It is served elsewhere: /v2',
      'GET /port: It is served elsewhere: https://api.example:8443/v1',
      'GET /plain: It is served elsewhere: http://api.example/v1',
      'GET /path: It is served elsewhere: https://upload.example',
    ]);
  });

  it('is called at baseUrl where all of them name the same server, and the document none', async () => {
    const servers = [{ url: 'https://api.example' }];
    const { operations, leftOut } = await describe(
      JSON.stringify({
        openapi: '3.0.3',
        info: { title: 'A', version: '1' },
        paths: {
          '/a': { servers, get: { operationId: 'a', ...OK } },
          '/b': { get: { operationId: 'b', servers, ...OK } },
          '/c': { get: { operationId: 'c', servers: [{ url: 'https://other.example' }], ...OK } },
        },
      }),
    );
    expect([...operations.keys()]).toEqual(['a', 'b']);
    expect(leftOut.map(({ operation }) => operation)).toEqual(['GET /c']);
  });

  it.each([
    'type',
    'enum',
    '$ref',
    'properties',
    'required',
    'items',
    'allOf',
    'maxLength',
    'additionalProperties',
  ])('takes %s of a schema that is nothing for none', async (keyword) => {
    const schema = { description: 'x', [keyword]: null };
    const compiled = await compile(
      withPaths({ '/a': { post: { operationId: 'a', ...OK, ...inJson(schema) } } }),
    );
    expect(toolOf(compiled, 'a').inputSchema.properties).toEqual({ body: { description: 'x' } });
  });

  it('keeps what may be null in a schema', async () => {
    const schema = { const: null, enum: [null] };
    const compiled = await compile(
      withPaths({ '/a': { post: { operationId: 'a', ...OK, ...inJson(schema) } } }),
    );
    expect(toolOf(compiled, 'a').inputSchema.properties).toEqual({ body: schema });
  });

  it('takes servers, components and security that are nothing for none', async () => {
    const rest = { servers: null, components: null, security: null, tags: null, info: null };
    const { operations } = await describe(JSON.stringify({ openapi: '3.0.3', paths: GOOD, ...rest }));
    expect([...operations.keys()]).toEqual(['good']);
  });
});
