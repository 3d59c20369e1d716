// What the MCP server of `era-upstream.mjs` has: of each revision all that it knows, and nothing that came later.

/** Other numbers as doubles. */
const BIG = JSON.rawJSON('1915883588174806058');
const DECIMAL = JSON.rawJSON('0.1234567890123456789');

const MODERN = '2026-07-28';
/** The members that a revision brought, for those that have them. */
const from = (first, members) => (revision) => revision >= first && members;

const meta = from('2025-06-18', {
  _meta: { 'example.com/meta': { id: BIG, nothing: null, list: [null, 'ü'] } },
});
const title = from('2025-06-18', { title: 'Ein Titel: 題' });
const icons = from('2025-11-25', {
  icons: [{ src: 'https://example.com/i.png', mimeType: 'image/png', sizes: ['48x48'], theme: 'dark' }],
});
const touched = from('2025-06-18', { lastModified: '2026-01-02T03:04:05Z' });
const annotations = (revision) => ({
  annotations: { audience: ['user'], priority: 0.5, ...touched(revision) },
});
/** No revision forbids it. */
const UNKNOWN = { 'x-vendor': { id: BIG, price: DECIMAL, nothing: null, text: 'naïve ✓' } };

const APP = 'ui://era/app.html';
const appMeta = {
  _meta: {
    ui: { resourceUri: APP, visibility: ['model', 'app'] },
    'ui/resourceUri': APP,
    'example.com/id': BIG,
  },
};

const ANY_OBJECT = { type: 'object' };
const tool = (revision, name, more = {}) => ({
  name,
  description: `Das Werkzeug ${name}: 道具`,
  inputSchema: ANY_OBJECT,
  ...more,
});

const toolsOf = (revision) => [
  {
    ...tool(revision, 'all'),
    ...title(revision),
    inputSchema: {
      type: 'object',
      properties: {
        id: { type: 'integer', maximum: JSON.rawJSON('9223372036854775807'), default: BIG },
        price: { type: 'number', 'x-step': DECIMAL },
        anything: {},
        default: { type: 'null' },
      },
    },
    ...from('2025-06-18', {
      outputSchema: { type: 'object', properties: { arguments: { type: 'object' }, limit: { const: BIG } } },
    })(revision),
    ...from('2025-03-26', {
      annotations: { title: 'Alles', readOnlyHint: true, openWorldHint: false, ...UNKNOWN },
    })(revision),
    ...icons(revision),
    ...meta(revision),
    ...UNKNOWN,
  },
  ...(revision === MODERN ? [{ ...tool(revision, 'any'), outputSchema: { type: 'array' } }] : []),
  // An extension of its own: hosts that know it look for it in any revision.
  { ...tool(revision, 'app'), ...appMeta },
  tool(revision, 'fails'),
  tool(revision, 'steps'),
  tool(revision, 'asks'),
  tool(revision, 'hold'),
  ...(revision >= '2025-11-25'
    ? [tool(revision, 'long', revision === MODERN ? {} : { execution: { taskSupport: 'required' } })]
    : []),
];

const resourcesOf = (revision) => [
  {
    uri: 'file:///straße/日本.txt',
    name: 'text',
    description: 'Ein Text',
    mimeType: 'text/plain',
    ...title(revision),
    ...annotations(revision),
    ...from('2024-11-05', { size: 42 })(revision),
    ...icons(revision),
    ...meta(revision),
    ...UNKNOWN,
  },
  { uri: 'file:///bytes', name: 'bytes', mimeType: 'application/octet-stream' },
  { uri: APP, name: 'app', mimeType: 'text/html;profile=mcp-app', _meta: { ui: { prefersBorder: true } } },
];

export const catalogOf = (revision) => ({
  capabilities: {
    tools: {},
    resources: {},
    prompts: {},
    ...from('2025-03-26', { completions: {} })(revision),
    ...(revision === '2025-11-25' && { tasks: { requests: { tools: { call: {} } }, cancel: {} } }),
    ...(revision === MODERN && { extensions: { 'io.modelcontextprotocol/tasks': {} } }),
  },
  tools: toolsOf(revision),
  resources: resourcesOf(revision),
  templates: [
    {
      uriTemplate: 'file:///{pfad}',
      name: 'file',
      description: 'Eine Datei',
      mimeType: 'text/plain',
      ...title(revision),
      ...annotations(revision),
      ...icons(revision),
      ...meta(revision),
      ...UNKNOWN,
    },
  ],
  prompts: [
    {
      name: 'greet',
      description: 'Grüßt',
      ...title(revision),
      arguments: [{ name: 'wen', description: 'Wen', required: true, ...title(revision), ...UNKNOWN }],
      ...icons(revision),
      ...meta(revision),
      ...UNKNOWN,
    },
  ],
});

/** What it asks of whoever calls `asks`. */
export const formOf = (revision) => ({
  ...from('2025-11-25', { mode: 'form' })(revision),
  message: 'Wie heißt du? 名前',
  requestedSchema: {
    type: 'object',
    properties: {
      name: {
        type: 'string',
        title: 'Name',
        minLength: 1,
        ...from('2025-11-25', { default: 'Zoë' })(revision),
      },
      number: { type: 'integer', minimum: 0, maximum: BIG },
      agreed: { type: 'boolean', default: true },
      colour: { type: 'string', enum: ['rot', 'blau'], enumNames: ['Rot', 'Blau'] },
    },
    required: ['name'],
  },
});

function contentOf(revision) {
  const more = { ...annotations(revision), ...meta(revision), ...UNKNOWN };
  const inner = { mimeType: 'text/plain', ...meta(revision), ...UNKNOWN };
  return [
    { type: 'text', text: 'Grüße, 世界 \u0000 "', ...more },
    { type: 'image', data: 'aGk=', mimeType: 'image/png', ...more },
    ...(revision >= '2025-03-26' ? [{ type: 'audio', data: 'aGk=', mimeType: 'audio/wav', ...more }] : []),
    { type: 'resource', resource: { uri: 'file:///a', text: 'é', ...inner }, ...more },
    { type: 'resource', resource: { uri: 'file:///b', blob: 'aGk=', ...inner }, ...more },
    ...(revision >= '2025-06-18'
      ? [
          {
            type: 'resource_link',
            uri: 'file:///straße/日本.txt',
            name: 'text',
            size: 42,
            ...more,
            ...title(revision),
            ...icons(revision),
          },
        ]
      : []),
  ];
}

/** What it answers with. */
export const resultsOf = (revision) => ({
  all: (args, declared) => ({
    content: contentOf(revision),
    ...from('2025-06-18', {
      structuredContent: { arguments: args, limit: BIG, price: DECIMAL, nothing: null, list: [null, 'ß'] },
    })(revision),
    // Results have had a `_meta` from the beginning.
    _meta: { 'example.com/arguments': args, 'example.com/declared': declared, nothing: null },
    isError: false,
    ...UNKNOWN,
  }),
  any: () => ({ content: [{ type: 'text', text: '[1]' }], structuredContent: [1, null, BIG] }),
  failure: () => ({ content: contentOf(revision), isError: true, _meta: { 'example.com/id': BIG } }),
  steps: [
    { progress: 1, total: 2.5, ...UNKNOWN, _meta: { 'example.com/id': BIG, nothing: null } },
    { progress: 2.5, total: 2.5, ...from('2025-03-26', { message: 'fast fertig: もう' })(revision) },
  ],
  read: (uri) => ({
    contents: [
      { uri, mimeType: 'text/plain', text: 'Grüße \u2028 世界', ...meta(revision), ...UNKNOWN },
      { uri: 'file:///bytes', mimeType: 'application/octet-stream', blob: 'aGk=', ...meta(revision) },
    ],
    _meta: { 'example.com/id': BIG, nothing: null },
    ...UNKNOWN,
  }),
  prompt: ({ arguments: args }) => ({
    description: `Für ${args.wen}`,
    messages: contentOf(revision).map((content, index) => ({
      role: index % 2 ? 'assistant' : 'user',
      content,
    })),
    _meta: { 'example.com/id': BIG, nothing: null },
    ...UNKNOWN,
  }),
  completion: ({ ref, argument, context }) => ({
    completion: {
      values: [ref.type, argument.name, argument.value, JSON.stringify(context?.arguments ?? null)],
      total: 1234,
      hasMore: true,
      ...UNKNOWN,
    },
    _meta: { 'example.com/id': BIG },
  }),
});
