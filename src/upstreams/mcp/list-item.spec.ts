import { MAX_FRAME_ITEMS } from './frame-guard.js';
import { judgedItem, nameOf } from './list-item.js';

const SCHEMA = { type: 'object', properties: { a: true, b: { type: 'string' } } };
const TOOL = { name: 'a', inputSchema: SCHEMA };
const MANY = Array.from({ length: MAX_FRAME_ITEMS + 1 }, () => ({ src: 'x:' }));

describe(judgedItem.name, () => {
  it('takes in what is sound as it is', () => {
    const judged = judgedItem('tools', TOOL);
    expect('item' in judged && judged.item).toBe(TOOL);
    expect(judgedItem('resources', { uri: 'a:b', name: 'b', extra: 1 })).toHaveProperty('item.extra', 1);
  });

  const ICON = { src: 'https://a.example/a.png' };
  it.each([
    ['x', []],
    [[ICON, { ...ICON, sizes: '48x48' }], [ICON]],
    [[5, ICON], [ICON]],
  ])('leaves out pictures that are odd: %j', (icons, sound) => {
    expect(judgedItem('tools', { ...TOOL, icons })).toEqual({ item: { ...TOOL, icons: sound } });
  });

  it.each([
    ['tools', TOOL],
    ['resources', { uri: 'a:b', name: 'b' }],
    ['resourceTemplates', { uriTemplate: 'a:{b}', name: 'b' }],
    ['prompts', { name: 'b' }],
  ] as const)('leaves out metadata of %s that is no object', (kind, item) => {
    for (const _meta of [[], 'x', 5, true]) expect(judgedItem(kind, { ...item, _meta })).toEqual({ item });
  });

  it('lets a schema of any size pass, whatever is in it', () => {
    const properties = Object.fromEntries(MANY.map((_one, index) => [`p${index}`, {}]));
    expect(judgedItem('tools', { ...TOOL, inputSchema: { type: 'object', properties } })).toHaveProperty(
      'item',
    );
  });

  it.each([
    ['an empty schema', {}],
    ['a schema of several', { anyOf: [SCHEMA, SCHEMA] }],
    ['several types', { ...SCHEMA, type: ['object', 'null'] }],
    ['members that are null', { type: null, properties: null, required: null }],
  ])('reads %s as one of an object', (_what, inputSchema) => {
    expect(judgedItem('tools', { ...TOOL, inputSchema })).toHaveProperty('item.inputSchema.type', 'object');
    const judged = judgedItem('tools', { ...TOOL, inputSchema }) as { item: { inputSchema: object } };
    expect(Object.values(judged.item.inputSchema)).not.toContain(null);
  });

  it.each([
    ['tools', 'a word', /^It is no object$/],
    ['tools', [], /^It is no object$/],
    ['tools', { inputSchema: SCHEMA }, /^name: Invalid input: expected string, received undefined$/],
    ['tools', { name: 'a' }, /^inputSchema: /],
    ['tools', { ...TOOL, inputSchema: { type: 'string' } }, /^inputSchema\.type: /],
    ['tools', { ...TOOL, inputSchema: { ...SCHEMA, required: true } }, /^inputSchema\.required: /],
    ['tools', { ...TOOL, annotations: { readOnlyHint: 'yes' } }, /^annotations\.readOnlyHint: /],
    ['tools', { ...TOOL, icons: MANY }, /^It has more than 300 members and items$/],
    ['resources', { name: 'a' }, /^uri: /],
    ['resourceTemplates', { name: 'a', uriTemplate: 5 }, /^uriTemplate: /],
    ['prompts', { name: 'a', arguments: {} }, /^arguments: /],
  ] as const)('refuses one of %s: %j', (kind, item, reason) => {
    expect(judgedItem(kind, item)).toEqual({ reason: expect.stringMatching(reason) as string });
  });
});

describe('A tool whose schema is all wrong', () => {
  it('does not look at what may be anything', () => {
    const unread = new Proxy({}, { ownKeys: () => expect('read').toBe('unread') as never });
    const schema = { type: 'object', properties: { a: { enum: [unread] } }, $defs: { a: unread } };
    expect(judgedItem('tools', { ...TOOL, inputSchema: schema, outputSchema: schema })).toHaveProperty(
      'item',
    );
    const { properties: _none, ...rest } = schema;
    expect(judgedItem('tools', { ...TOOL, inputSchema: { ...rest, properties: [] } })).toEqual({
      reason: expect.stringMatching(/^inputSchema\.properties: /) as string,
    });
  });

  it('has one fault told', () => {
    const required = Array.from({ length: 99_000 }, () => 1);
    const judged = judgedItem('tools', { name: 'a', inputSchema: { type: 'object', required } });
    expect(judged).toEqual({ reason: expect.stringMatching(/^inputSchema\.required\.0: /) as string });
  });

  it('keeps its schema as it is where it is right', () => {
    const item = {
      name: 'a',
      inputSchema: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
      outputSchema: { type: 'object', properties: { b: {} }, required: ['b'] },
    };
    expect(judgedItem('tools', item)).toEqual({ item });
  });
});

describe(nameOf.name, () => {
  it.each([
    [{ name: 'a', uri: 'b:' }, 'a'],
    [{ name: 5, uri: 'b:' }, 'b:'],
    [{ name: '', uriTemplate: 'b:{c}' }, 'b:{c}'],
    [{}, 'number 8'],
    [null, 'number 8'],
  ])('%j: %s', (raw, name) => {
    expect(nameOf(raw, 7)).toBe(name);
  });
});
