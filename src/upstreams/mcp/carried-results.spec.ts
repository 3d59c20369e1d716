import {
  Client,
  InMemoryTransport,
  isJSONRPCRequest,
  type JSONRPCMessage,
  type Result,
} from '@modelcontextprotocol/client';
import { rawJSON } from '../../core/json/exact-numbers.js';
import { carryResults, withoutEnvelope } from './carried-results.js';

describe(carryResults.name, () => {
  /** What the client makes of a result of a server over which nothing else stands. */
  const ask = async (method: string, result: object): Promise<unknown> => {
    const [ours, theirs] = InMemoryTransport.createLinkedPair();
    const handshake = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      serverInfo: { name: 'a', version: '1' },
    };
    const onmessage = (message: JSONRPCMessage): void => {
      if (!isJSONRPCRequest(message)) return;
      const answer = message.method === 'initialize' ? handshake : result;
      void theirs.send({ jsonrpc: '2.0', id: message.id, result: answer as Result });
    };
    Object.assign(theirs, { onmessage });
    await theirs.start();
    const client = new Client({ name: 'test', version: '1.0.0' });
    carryResults(client);
    await client.connect(ours);
    try {
      return await client.request({ method } as never);
    } finally {
      await client.close();
    }
  };
  const BLOCK = { type: 'text', text: 'a', 'x-vendor': [null, rawJSON('1915883588174806058')] };

  it.each([
    ['tools/call', { content: [BLOCK], further: null }],
    ['resources/read', { contents: [{ uri: 'a:b', text: '', further: 1 }] }],
    ['prompts/get', { messages: [{ role: 'user', content: BLOCK, further: 1 }] }],
    ['completion/complete', { completion: { values: [], further: 1 } }],
  ])('answers %s with the result as it came', async (method, result) => {
    expect(await ask(method, result)).toEqual(result);
  });

  it.each([
    ['tools/call', { content: [{ type: 'text' }] }],
    ['resources/read', { contents: [{ uri: 1 }] }],
    ['prompts/get', { messages: [{ role: 'nobody', content: BLOCK }] }],
    ['completion/complete', { completion: {} }],
  ])('refuses a result of %s that is not of the protocol', async (method, result) => {
    await expect(ask(method, result)).rejects.toThrow(`Invalid result for ${method}`);
  });

  it('gives a tool without content an empty list', async () => {
    expect(await ask('tools/call', { structuredContent: {} })).toEqual({
      structuredContent: {},
      content: [],
    });
  });

  it('leaves other requests to the SDK', async () => {
    const tools = [{ name: 'a', inputSchema: { type: 'object' }, further: 1 }];
    expect(await ask('tools/list', { tools })).toEqual({
      tools: [{ name: 'a', inputSchema: { type: 'object' } }],
    });
  });
});

describe(withoutEnvelope.name, () => {
  const SERVER = { 'io.modelcontextprotocol/serverInfo': { name: 'a' } };

  it.each([
    [{ content: [], resultType: 'complete', ttlMs: 1, cacheScope: 'public' }, { content: [] }],
    [{ content: [], _meta: SERVER }, { content: [] }],
    [{ _meta: { ...SERVER, own: null } }, { _meta: { own: null } }],
    [{ _meta: {} }, { _meta: {} }],
  ])('%j', (result, wanted) => {
    expect(withoutEnvelope<object>(result)).toEqual(wanted);
  });
});
