import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import { callContext } from '../../../test/helpers/application-context.js';
import { waitFor } from '../../../test/helpers/wait-for.js';
import { type Client, type InputResponses, NO_CLIENT } from '../../core/client.port.js';
import { answerRequests } from './client-side.js';
import { inRounds } from './rounds-of-questions.js';
import { MAX_QUESTIONS, MAX_QUESTIONS_LENGTH, RunningCall, RunningCalls } from './running-calls.js';

const LENGTH = MAX_QUESTIONS_LENGTH / 4;

describe(answerRequests.name, () => {
  /** Of the questions that the caller has got, in order. */
  let asked: PromiseWithResolvers<InputResponses>[];
  let sent: { id: number; result?: object; error?: { code: number; message: string } }[];
  let transport: Transport;
  let end: () => void;
  let ended: Promise<void>;

  beforeEach(() => {
    [asked, sent] = [[], []];
    const client: Client = {
      ...NO_CLIENT,
      ask: async (requests) => {
        const answer = Promise.withResolvers<InputResponses>();
        asked.push(answer);
        await answer.promise;
        return Object.fromEntries(Object.keys(requests).map((key) => [key, { action: 'decline' }]));
      },
    };
    transport = {
      onmessage: () => undefined,
      send: async (message: JSONRPCMessage) => void sent.push(message as (typeof sent)[number]),
    } as unknown as Transport;
    const calls = new RunningCalls();
    answerRequests(transport, calls);
    const { promise, resolve } = Promise.withResolvers<void>();
    end = resolve;
    ended = calls.run(new RunningCall(callContext({ client })), () => promise);
  });
  afterEach(async () => {
    for (const { resolve } of asked) resolve({});
    end();
    await ended;
  });

  const ask = (id: number, message: string): void =>
    transport.onmessage!({
      jsonrpc: '2.0',
      id,
      method: 'elicitation/create',
      params: { message, requestedSchema: { type: 'object', properties: {} } },
    });
  const askAll = (count: number, message: string): void => {
    for (let id = 1; id <= count; id += 1) ask(id, message);
  };
  const REFUSED = {
    error: { code: -32603, message: expect.stringContaining('wait for the caller') as string },
  };

  it('lets a bounded number of questions of a call wait, and more as they are answered', async () => {
    askAll(MAX_QUESTIONS + 8, 'Who?');
    await waitFor(() => asked.length + sent.length === MAX_QUESTIONS + 8);
    expect(asked).toHaveLength(MAX_QUESTIONS);
    for (const answer of sent) expect(answer).toMatchObject(REFUSED);
    asked[0]!.resolve({});
    await waitFor(() => sent.length === 9);
    expect(sent[8]).toMatchObject({ id: 1, result: { action: 'decline' } });
    ask(100, 'Who else?');
    await waitFor(() => asked.length === MAX_QUESTIONS + 1);
  });

  it('lets so many characters of questions of a call wait', async () => {
    askAll(6, 'x'.repeat(LENGTH - 100));
    await waitFor(() => asked.length + sent.length === 6);
    expect(asked).toHaveLength(4);
    for (const answer of sent) expect(answer).toMatchObject(REFUSED);
  });

  it('lets a single question be longer', async () => {
    ask(1, 'x'.repeat(2 * MAX_QUESTIONS_LENGTH));
    await waitFor(() => asked.length + sent.length === 1);
    ask(2, 'Who?');
    await waitFor(() => sent.length === 1);
    expect(asked).toHaveLength(1);
    expect(sent).toMatchObject([{ id: 2, ...REFUSED }]);
  });
});

describe(inRounds.name, () => {
  it('asks a bounded number of questions at once', async () => {
    const ask = jest.fn(() => Promise.resolve({}));
    const question = { method: 'elicitation/create', params: { message: 'Who?' } };
    const questions = (count: number): object =>
      Object.fromEntries(Array.from({ length: count }, (_none, at) => [`q${at}`, question]));
    const results = [MAX_QUESTIONS, MAX_QUESTIONS + 1].map((count) => ({
      resultType: 'input_required',
      inputRequests: questions(count),
    }));
    const asking = inRounds({ ...NO_CLIENT, ask }, () => Promise.resolve(results.shift() as never));
    await expect(asking).rejects.toThrow(`more than ${MAX_QUESTIONS} questions at once`);
    expect(ask).toHaveBeenCalledTimes(1);
  });
});
