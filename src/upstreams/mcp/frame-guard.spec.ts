import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import { ANSWER_REFUSED } from './answer-gate.js';
import { faultOf, guardFrames, MAX_ASKED_ID, MAX_FRAME_ITEMS } from './frame-guard.js';

const MANY = 5000;
const many = <T>(item: T): T[] => Array.from({ length: MANY }, () => item);
const members = Object.fromEntries(Array.from({ length: MANY }, (_, index) => [`m${index}`, 0]));
const result = (of: object): JSONRPCMessage => ({ jsonrpc: '2.0', id: 1, result: { ...of } });
const text = { type: 'text', text: 'x' };

describe(faultOf.name, () => {
  it.each([
    ['a small answer', result({ content: [text] })],
    ['a small answer that is wrong', result({ content: [1, 2] })],
    ['many blocks that are right', result({ content: many(text) })],
    ['many contents', result({ contents: many({ uri: 'x:', text: 'y' }) })],
    ['a ping', { jsonrpc: '2.0', id: 'x'.repeat(MAX_ASKED_ID), method: 'ping' }],
    ['data of any size', result({ content: [], structuredContent: { list: many(1), ...members } })],
    [
      'a log message of any size',
      { jsonrpc: '2.0', method: 'notifications/message', params: { data: members } },
    ],
  ] as const)('finds none in %s', (_what, message) => {
    expect(faultOf(message as JSONRPCMessage)).toBeUndefined();
  });

  it.each([
    ['many numbers for blocks', result({ content: many(1) }), 'has an item 0 in content'],
    ['one bad block of many', result({ content: [...many(text), {}] }), `has an item ${MANY} in content`],
    ['a block with many members', result({ content: [{ ...text, ...members }] }), 'has an item 0 in content'],
    ['many values', result({ completion: { values: many(1) } }), `has more than ${MAX_FRAME_ITEMS} items`],
    ['many members', result(members), `has more than ${MAX_FRAME_ITEMS} items`],
    ['much metadata', result({ content: [], _meta: members }), `has more than ${MAX_FRAME_ITEMS} items`],
    [
      'a ping with a long id',
      { jsonrpc: '2.0', id: 'x'.repeat(MAX_ASKED_ID + 1), method: 'ping' },
      `has an id of more than ${MAX_ASKED_ID} characters`,
    ],
    [
      'a question with many messages',
      { jsonrpc: '2.0', id: 1, method: 'sampling/createMessage', params: { messages: many(1) } },
      `has more than ${MAX_FRAME_ITEMS} items`,
    ],
  ] as const)('finds one in %s', (_what, message, fault) => {
    expect(faultOf(message as JSONRPCMessage)).toContain(fault);
  });
});

describe(guardFrames.name, () => {
  it('answers for the upstream with an error, and lets other handlers be set as ever', () => {
    const transport: Transport = {
      start: () => Promise.resolve(),
      send: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    const heard: JSONRPCMessage[] = [];
    const errors: Error[] = [];
    guardFrames(transport);
    const set = (onmessage: NonNullable<Transport['onmessage']>): unknown =>
      Object.assign(transport, { onmessage, onerror: (error: Error) => errors.push(error) });
    set((message) => heard.push(message));
    const first = transport.onmessage!;
    set((message, extra) => first(message, extra));
    const say = transport.onmessage!;
    say(result({ content: [text] }));
    say(result({ content: many(1) }));
    say({ jsonrpc: '2.0', method: 'x', params: members });
    expect(heard).toEqual([
      result({ content: [text] }),
      {
        jsonrpc: '2.0',
        id: 1,
        error: {
          code: -32_600,
          message: 'Its answer has an item 0 in content that is not of the protocol',
          data: ANSWER_REFUSED,
        },
      },
    ]);
    expect(errors).toHaveLength(1);
  });

  it.each([
    ['a resource', { contents: [] }],
    ['nothing', {}],
    ['a server', { supportedVersions: ['2026-07-28'], capabilities: {} }],
  ])('takes a result of the stateless era that does not say what it is: %s', (_what, bare) => {
    const transport = {} as Transport;
    const came: JSONRPCMessage[] = [];
    guardFrames(transport, () => !('supportedVersions' in bare));
    Object.assign(transport, { onmessage: (message: JSONRPCMessage) => came.push(message) });
    transport.onmessage?.({ jsonrpc: '2.0', id: 1, result: { ...bare } });
    expect(came).toMatchObject([{ result: { ...bare, resultType: 'complete' } }]);
  });

  it('leaves one of the handshake era as it is', () => {
    const transport = {} as Transport;
    const came: JSONRPCMessage[] = [];
    guardFrames(transport, () => false);
    Object.assign(transport, { onmessage: (message: JSONRPCMessage) => came.push(message) });
    transport.onmessage?.({ jsonrpc: '2.0', id: 1, result: { content: [] } });
    expect(came).toEqual([{ jsonrpc: '2.0', id: 1, result: { content: [] } }]);
  });

  it('takes members of a step that are null for absent', () => {
    const transport = {} as Transport;
    const came: JSONRPCMessage[] = [];
    guardFrames(transport);
    Object.assign(transport, { onmessage: (message: JSONRPCMessage) => came.push(message) });
    const params = { progressToken: 1, progress: 1, total: null, message: null, data: null };
    transport.onmessage?.({ jsonrpc: '2.0', method: 'notifications/progress', params });
    expect(came).toMatchObject([{ params: { progressToken: 1, progress: 1, data: null } }]);
    expect(Object.keys((came[0] as { params: object }).params)).not.toContain('total');
  });
});
