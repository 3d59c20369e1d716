import { readMessage } from './message.js';

const REQUEST = { jsonrpc: '2.0', id: 1, method: 'ping' };
const responseTo = (id: unknown): object => ({ jsonrpc: '2.0', id, result: {} });
const requestWith = (member: string, value: unknown): object => ({ ...REQUEST, [member]: value });

describe(readMessage.name, () => {
  it.each([
    [REQUEST, { kind: 'request', id: 1, method: 'ping', params: {} }],
    [
      { ...REQUEST, id: 'a', params: { b: 1 } },
      { kind: 'request', id: 'a', method: 'ping', params: { b: 1 } },
    ],
    [
      { ...REQUEST, id: 0 },
      { kind: 'request', id: 0 },
    ],
    [
      { ...REQUEST, id: -1 },
      { kind: 'request', id: -1 },
    ],
    [
      { ...REQUEST, id: '' },
      { kind: 'request', id: '' },
    ],
    [
      { ...REQUEST, id: Number.MAX_SAFE_INTEGER },
      { kind: 'request', id: Number.MAX_SAFE_INTEGER },
    ],
    [
      { ...REQUEST, method: '' },
      { kind: 'request', method: '' },
    ],
    [
      { ...REQUEST, extra: true },
      { kind: 'request', id: 1 },
    ],
    [
      { jsonrpc: '2.0', method: 'notifications/x' },
      { kind: 'notification', method: 'notifications/x', params: {} },
    ],
    [
      { jsonrpc: '2.0', id: 5, result: { a: 1 } },
      { kind: 'response', id: 5 },
    ],
    [
      { jsonrpc: '2.0', id: 'r', error: { code: 1, message: 'x' } },
      { kind: 'response', id: 'r' },
    ],
    [
      { jsonrpc: '2.0', error: { code: 1, message: 'x' } },
      { kind: 'response', id: undefined },
    ],
  ])('reads %j', (value, expected) => {
    expect(readMessage(value)).toMatchObject(expected);
  });

  it.each([
    ['no object', [null, 'x', 1, true, [], [REQUEST], undefined]],
    ['an id that is none', [null, 1.5, true, {}, [], Infinity, NaN].map((value) => requestWith('id', value))],
    ['a response with such an id', [null, 1.5, {}].map(responseTo)],
  ])('knows no id of %s', (_what, values) => {
    for (const value of values) {
      expect(readMessage(value)).toEqual({
        kind: 'invalid',
        id: undefined,
        problem: expect.stringMatching(/\S/) as string,
      });
    }
  });

  it.each([
    ['jsonrpc', [undefined, '1.0', 2, 2.0, null, ['2.0']].map((value) => requestWith('jsonrpc', value))],
    ['method', [null, 1, true, [], {}].map((value) => requestWith('method', value))],
    ['params', [null, 1, 'x', true, [], ['a']].map((value) => requestWith('params', value))],
    ['method', [{ jsonrpc: '2.0', id: 1 }]],
  ])('names the member %s that is wrong, and keeps the id', (member, values) => {
    for (const value of values) {
      expect(readMessage(value)).toEqual({
        kind: 'invalid',
        id: 1,
        problem: expect.stringContaining(`member ${member}`) as string,
      });
    }
  });

  // Its id is one of ours, if of anybody: 2025-11-25, basic/transports, "Sending Messages to the Server".
  it.each([
    { jsonrpc: '2.0', id: 1, result: [] },
    { jsonrpc: '2.0', id: 1, result: null },
    { jsonrpc: '2.0', id: 1, error: 'x' },
    { jsonrpc: '2.0', id: 1, result: {}, error: {} },
    { jsonrpc: '1.0', id: 1, result: {} },
  ])('does not echo the id of a broken response: %j', (value) => {
    expect(readMessage(value)).toMatchObject({ kind: 'invalid', id: undefined });
  });

  it('does not take a message with a method for a response, whatever else it has', () => {
    expect(readMessage({ ...REQUEST, result: {} })).toMatchObject({ kind: 'request' });
  });

  it('does not take an inherited method for one', () => {
    const value = Object.create({ method: 'ping' }) as Record<string, unknown>;
    Object.assign(value, { jsonrpc: '2.0', id: 1, result: {} });
    expect(readMessage(JSON.parse(JSON.stringify(value)))).toMatchObject({ kind: 'response' });
  });
});
