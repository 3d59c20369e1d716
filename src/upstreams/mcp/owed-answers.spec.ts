import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import type { UpstreamError } from '../upstream.error.js';
import { ANSWERS_AT_ONCE, boundAnswers, MAX_OWED } from './owed-answers.js';

const answer = (id: number): JSONRPCMessage => ({ jsonrpc: '2.0', id, result: {} });
const request = (id: number): JSONRPCMessage => ({ jsonrpc: '2.0', id, method: 'ping' });

describe(boundAnswers.name, () => {
  const sent: JSONRPCMessage[] = [];
  let taken: PromiseWithResolvers<void>[];
  let sut: Transport;
  const errors: Error[] = [];
  const givenUp: UpstreamError[] = [];
  const moment = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  beforeEach(() => {
    [sent, errors, givenUp].forEach((list) => list.splice(0));
    taken = [];
    sut = {
      start: () => Promise.resolve(),
      close: () => Promise.resolve(),
      send: (message) => {
        sent.push(message);
        const { promise } = (taken[taken.length] = Promise.withResolvers<void>());
        return promise;
      },
      onerror: (error) => errors.push(error),
    };
    boundAnswers(sut, (reason) => givenUp.push(reason));
  });

  it('sends a few at a time, in order, and keeps nobody waiting', async () => {
    for (let id = 0; id < 20; id += 1) await sut.send(answer(id));
    expect(sent).toEqual(Array.from({ length: ANSWERS_AT_ONCE }, (_, id) => answer(id)));
    for (let at = 0; at < 20; at += 1) {
      if (at % 2 === 0) taken[at]!.resolve();
      else taken[at]!.reject(new Error('refused'));
      await moment();
    }
    expect(sent).toEqual(Array.from({ length: 20 }, (_, id) => answer(id)));
    expect(errors).toHaveLength(10);
    expect(givenUp).toEqual([]);
  });

  it('holds up nothing of ours', () => {
    for (let id = 0; id < 20; id += 1) void sut.send(answer(id));
    void sut.send(request(1));
    expect(sent.at(-1)).toEqual(request(1));
  });

  it('gives up once, beyond its bound, and sends nothing more then', async () => {
    for (let id = 0; id < 2 * MAX_OWED + ANSWERS_AT_ONCE; id += 1) await sut.send(answer(id));
    expect(givenUp.map(({ message }) => message)).toEqual([
      'It takes no answers to what it asks: 1000 of them wait',
    ]);
    for (const one of taken) one.resolve();
    await moment();
    expect(sent).toHaveLength(ANSWERS_AT_ONCE);
  });
});
