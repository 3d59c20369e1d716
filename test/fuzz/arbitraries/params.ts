import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import {
  CAPABILITIES_KEY,
  LEGACY_REVISIONS,
  MODERN_REVISION,
  VERSION_KEY,
} from '../../helpers/mcp-requests.js';
import { junk, mostly, rarely, record, text } from './values.js';

const version = fc.constantFrom(MODERN_REVISION, ...LEGACY_REVISIONS, '1999-01-01', '2099-12-31', 'latest');
const capability = fc.constantFrom({}, { form: {} }, { url: {} }, { tools: {} }, null, 'yes');
const capabilities = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 2,
    arbitrary: fc.constant({ elicitation: {}, extensions: { 'io.modelcontextprotocol/tasks': {} } }),
  },
  {
    weight: 1,
    arbitrary: fc.dictionary(
      fc.constantFrom('elicitation', 'sampling', 'roots', 'extensions', 'x'),
      capability,
      {
        noNullPrototype: true,
      },
    ),
  },
);

/** The `_meta` of a stateless request: mostly right, so that what lies behind is reached. */
export const claim: Arbitrary<object> = record({
  [VERSION_KEY]: fc.oneof({ weight: 20, arbitrary: fc.constant(MODERN_REVISION) }, mostly(version)),
  [CAPABILITIES_KEY]: mostly(capabilities, 20),
  'io.modelcontextprotocol/clientInfo': rarely(junk),
  'io.modelcontextprotocol/logLevel': rarely(fc.constantFrom('debug', 'info', 'emergency', 'loud', 7)),
  progressToken: rarely(fc.oneof(text, fc.integer(), junk)),
});

/** Tools of the test, and of the product with arguments that no program is started for. */
const TOOLS = [
  'diff_echo',
  'diff_plain',
  'diff_media',
  'diff_fail',
  'diff_steps',
  'diff_log',
  'diff_ask',
  'diff_region',
  'replica_task_ask',
] as const;
const toolArguments = mostly(
  record({
    text: mostly(text, 4),
    count: rarely(fc.oneof(fc.integer({ min: -1, max: 12 }), junk)),
    region: rarely(mostly(text, 4)),
    size: rarely(mostly(fc.integer(), 4)),
  }),
  5,
);
const noTarget = fc.dictionary(
  fc.constantFrom('target', 'count', 'x'),
  fc.constantFrom(null, -1, '', ';id', []),
  {
    noNullPrototype: true,
    minKeys: 1,
  },
);
const rightCall = fc.constantFrom<object[]>(
  { name: 'diff_echo', arguments: { text: 'a' } },
  { name: 'diff_echo', arguments: { text: 'ab', count: 3 } },
  { name: 'diff_plain' },
  { name: 'diff_media', arguments: {} },
  { name: 'diff_steps', arguments: {} },
  { name: 'diff_log', arguments: {} },
  { name: 'diff_ask', arguments: {} },
  { name: 'diff_region', arguments: { region: 'x', size: 1 } },
  { name: 'replica_task_ask', arguments: {} },
);
const toolCall = fc.oneof(
  { weight: 6, arbitrary: rightCall },
  {
    weight: 9,
    arbitrary: record({
      name: mostly(fc.constantFrom(...TOOLS), 20),
      arguments: toolArguments,
      inputResponses: rarely(mostly(record({ name: mostly(answers(), 6) }), 6)),
      requestState: rarely(mostly(text)),
    }),
  },
  {
    weight: 1,
    arbitrary: record({ name: fc.constantFrom('network_ping', 'network_traceroute'), arguments: noTarget }),
  },
);

function answers(): Arbitrary<object> {
  return fc.constantFrom<object[]>(
    { action: 'accept', content: { name: 'Ann' } },
    { action: 'decline' },
    { action: 'perhaps' },
    {},
  );
}

const uri = fc.oneof(
  fc.constantFrom('diff://text', 'diff://binary', 'diff://items/one', 'diff://items/%', 'diff://items/', 'x'),
  text,
);
const paged = record({ cursor: rarely(mostly(text)) });
const none = record({});

/** Params that are nearly right, by method. */
export const PARAMS: ReadonlyMap<string, Arbitrary<object>> = new Map<string, Arbitrary<object>>(
  Object.entries({
    initialize: record({
      protocolVersion: mostly(version, 20),
      capabilities: mostly(capabilities, 20),
      clientInfo: mostly(fc.constant({ name: 'fuzz', version: '1' })),
    }),
    ping: none,
    'server/discover': none,
    'tools/list': paged,
    'tools/call': toolCall,
    'resources/list': paged,
    'resources/templates/list': paged,
    'resources/read': record({ uri: mostly(uri) }),
    'resources/subscribe': record({ uri: mostly(uri) }),
    'resources/unsubscribe': record({ uri: mostly(uri) }),
    'prompts/list': paged,
    'prompts/get': record({
      name: mostly(fc.constantFrom('diff_hello', 'diff_greet')),
      arguments: mostly(record({ who: mostly(text), tone: rarely(text) })),
    }),
    'completion/complete': record({
      ref: mostly(
        fc.constantFrom(
          { type: 'ref/prompt', name: 'diff_greet' },
          { type: 'ref/resource', uri: 'diff://items/{id}' },
          { type: 'ref/other' },
        ),
      ),
      argument: mostly(record({ name: mostly(fc.constantFrom('tone', 'id', 'who')), value: mostly(text) })),
      context: rarely(junk),
    }),
    'logging/setLevel': record({ level: mostly(fc.constantFrom('debug', 'emergency')) }),
    'subscriptions/listen': record({
      notifications: mostly(
        record({
          toolsListChanged: mostly(fc.boolean(), 4),
          resourceSubscriptions: rarely(mostly(fc.array(uri, { maxLength: 3 }))),
          taskIds: rarely(mostly(fc.array(text, { maxLength: 2 }))),
        }),
      ),
    }),
    'tasks/get': record({ taskId: mostly(text) }),
    'tasks/update': record({ taskId: mostly(text), inputResponses: mostly(none) }),
    'tasks/cancel': record({ taskId: mostly(text) }),
    'notifications/initialized': none,
    'notifications/cancelled': record({ requestId: mostly(fc.integer()) }),
    'notifications/progress': record({ progressToken: mostly(text), progress: mostly(fc.integer()) }),
  }),
);
