import { PRODUCT } from '../../core/product.js';

export const INFO = {
  title: PRODUCT.title,
  version: PRODUCT.version,
  description:
    'The tools that this key may call, one operation each: the arguments are the body, and the answer is what the tool ' +
    'says. With "Accept: text/event-stream" the progress of a call is streamed. Of a tool that changes something, a ' +
    'call with an Idempotency-Key runs once, however often it is sent. The interface grows by addition alone.',
};

/** Either opens it (`x-api-key` counts where both are sent). */
export const SECURITY = [{ bearer: [] }, { apiKey: [] }];

export const SECURITY_SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: 'An API key, or an access token.' },
  apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
};

/** RFC 9457, with our members. */
export const PROBLEM = {
  description: 'A refusal or a failure (RFC 9457).',
  content: {
    'application/problem+json': {
      schema: {
        type: 'object',
        required: ['type', 'title', 'status', 'detail', 'code', 'correlationId'],
        properties: {
          type: { type: 'string' },
          title: { type: 'string' },
          status: { type: 'integer' },
          detail: { type: 'string', description: 'What was wrong, and where.' },
          code: { type: 'string', description: 'Stable: docs/errors.md lists the codes.' },
          mend: { type: 'string', description: 'What to do about it.' },
          retryAfterMs: { type: 'number' },
          correlationId: { type: 'string', description: 'Under which the log has the request.' },
        },
      },
    },
  },
};

const TOOL = {
  type: 'object',
  description: 'As tools/list of MCP describes it.',
  required: ['name', 'description', 'inputSchema'],
  properties: {
    name: { type: 'string' },
    title: { type: 'string' },
    description: { type: 'string' },
    inputSchema: { type: 'object' },
    outputSchema: { type: 'object' },
    annotations: { type: 'object' },
  },
};

const reading = (summary: string, parameters: readonly object[], schema: object): object => ({
  get: {
    summary,
    tags: ['tools'],
    parameters,
    responses: {
      '200': { description: summary, content: { 'application/json': { schema } } },
      '304': { description: 'What the client has is good still (If-None-Match).' },
      default: { $ref: '#/components/responses/Problem' },
    },
  },
});

const query = (name: string, description: string, schema: object): object => ({
  name,
  in: 'query',
  description,
  schema,
});

/**
 * What tells of tools and is none. Without operation ids, so that what imports operations as tools leaves them out.
 */
export const READING = {
  '/tools': reading(
    'Lists the tools.',
    [
      query('limit', 'Tools on one page.', { type: 'integer', minimum: 1, maximum: 1000 }),
      query('cursor', 'nextCursor of the page before.', { type: 'string' }),
    ],
    {
      type: 'object',
      required: ['tools'],
      properties: { tools: { type: 'array', items: TOOL }, nextCursor: { type: 'string' } },
    },
  ),
  '/tools/{name}': reading(
    'Describes a tool.',
    [{ name: 'name', in: 'path', required: true, schema: { type: 'string' } }],
    TOOL,
  ),
  '/tools/{name}/explain': {
    post: {
      summary:
        'Says whether a call would run, and which scope, limit, breaker or rule decides. It runs nothing.',
      tags: ['tools'],
      parameters: [{ name: 'name', in: 'path', required: true, schema: { type: 'string' } }],
      requestBody: { content: { 'application/json': { schema: { type: 'object' } } } },
      responses: {
        '200': {
          description: 'The explanation.',
          content: { 'application/json': { schema: { type: 'object', required: ['tool', 'wouldRun'] } } },
        },
        default: { $ref: '#/components/responses/Problem' },
      },
    },
  },
};
