import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import { leastCpuOf } from '../../../test/helpers/cpu.js';
import { CompletionBuilder } from './completion.builder.js';

type Choice = ChatCompletionChunk['choices'][number];

const chunk = (
  delta: Choice['delta'],
  members: object = {},
  finish: Choice['finish_reason'] = null,
): ChatCompletionChunk => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 0,
  model: 'm',
  choices: [{ index: 0, delta, finish_reason: finish }],
  ...members,
});

describe(CompletionBuilder.name, () => {
  it('puts pieces of text together', () => {
    const sut = new CompletionBuilder();
    expect([
      sut.add(chunk({ role: 'assistant', content: '' })),
      sut.add(chunk({ content: 'a' })),
      sut.add(chunk({ content: 'b' })),
    ]).toEqual(['', 'a', 'b']);
    sut.add(chunk({}, {}, 'stop'));
    expect(sut.finish('other')).toEqual({ text: 'ab', calls: [], model: 'm', usage: undefined });
  });

  it.each([
    ['of which the second has its index as text', [{ index: 0 }, { index: '0' }]],
    ['of which the second has no index', [{ index: 1 }, {}]],
  ])('puts pieces together %s', (_what, [first, second]) => {
    const sut = new CompletionBuilder();
    sut.add({ choices: [{ ...first, delta: { content: 'a' } }] });
    sut.add({ choices: [{ ...second, delta: { content: 'b' }, finish_reason: 'stop' }] });
    expect(sut.finish('m').text).toBe('ab');
  });

  it('puts pieces together that come as messages', () => {
    const sut = new CompletionBuilder();
    expect(sut.add({ choices: [{ message: { content: 'Hel' } }] })).toBe('Hel');
    sut.add({ choices: [{ message: { content: 'lo' }, finish_reason: 'stop' }] });
    expect(sut.finish('m').text).toBe('Hello');
  });

  it('takes no words after the end for a complaint', () => {
    const sut = new CompletionBuilder();
    sut.add(chunk({ content: 'a' }, {}, 'stop'));
    sut.add({ message: 'ok', usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } });
    expect(sut.finish('m')).toMatchObject({ text: 'a', usage: { completionTokens: 2 } });
  });

  it('puts pieces of several calls together, in whatever order they come', () => {
    const sut = new CompletionBuilder();
    sut.add(
      chunk({
        tool_calls: [{ index: 1, id: 'two', type: 'function', function: { name: 'b', arguments: '' } }],
      }),
    );
    sut.add(
      chunk({
        tool_calls: [{ index: 0, id: 'one', type: 'function', function: { name: 'a', arguments: '{"x"' } }],
      }),
    );
    sut.add(
      chunk({
        tool_calls: [
          { index: 1, function: { arguments: '{}' } },
          { index: 0, function: { arguments: ':1}' } },
        ],
      }),
    );
    sut.add(chunk({}, {}, 'tool_calls'));
    expect(sut.finish('m').calls).toEqual([
      { id: 'one', name: 'a', arguments: '{"x":1}' },
      { id: 'two', name: 'b', arguments: '{}' },
    ]);
  });

  it('names a call that the server gave no id, each differently', () => {
    const ids = [1, 2].map(() => {
      const sut = new CompletionBuilder();
      sut.add(
        chunk({ tool_calls: [{ index: 0, function: { name: 'a', arguments: '{}' } }] }, {}, 'tool_calls'),
      );
      return sut.finish('m').calls[0]?.id;
    });
    expect(ids).toEqual([expect.stringMatching(/^call_/), expect.stringMatching(/^call_/)]);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('takes the usage of the last chunk, which has no choice', () => {
    const sut = new CompletionBuilder();
    sut.add(chunk({}, { usage: null }, 'stop'));
    sut.add(chunk({}, { choices: [], usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 } }));
    expect(sut.finish('m').usage).toEqual({ promptTokens: 5, completionTokens: 2, totalTokens: 7 });
  });

  it.each([1e308, Infinity, 2 ** 53, 1_000_000_001, 1.5, -1, '7', null])('takes %j for no count', (count) => {
    const sut = new CompletionBuilder();
    sut.add(chunk({}, {}, 'stop'));
    sut.add({ usage: { prompt_tokens: count, completion_tokens: 2, total_tokens: count } });
    expect(sut.finish('m').usage).toEqual({ promptTokens: 0, completionTokens: 2, totalTokens: 2 });
  });

  it('cuts the name of a model', () => {
    const sut = new CompletionBuilder();
    sut.add(chunk({ content: 'a' }, { model: 'm'.repeat(4_000_000) }, 'stop'));
    expect(sut.finish('other').model).toBe(`${'m'.repeat(256)}...`);
  });

  it.each([null, 'text', {}, { choices: 'none' }])('finds nothing in %j', (value) => {
    const sut = new CompletionBuilder();
    expect(sut.add(value)).toBe('');
    expect(() => sut.finish('m')).toThrow('no chunk with choices');
  });

  it('is not complete without an end', () => {
    const sut = new CompletionBuilder();
    sut.add(chunk({ content: 'half an ans' }));
    expect(() => sut.finish('m')).toThrow('ended before the answer was complete');
  });

  it('takes no more than can be an answer', () => {
    const sut = new CompletionBuilder();
    expect(() => {
      for (let index = 0; index < 2000; index += 1) sut.add(chunk({ content: 'x'.repeat(1024) }));
    }).toThrow('more than 1048576 characters');
  });

  it.each(['-', 'x'])('takes no time for a reason that is 4 million times %j', async (unit) => {
    const reason = unit.repeat(4_000_000);
    const work = (): void => {
      const sut = new CompletionBuilder();
      sut.add({ choices: [{ delta: { content: 'a' }, finish_reason: reason }] });
      sut.finish('m');
    };
    expect(await leastCpuOf(work, { enough: 10_000 })).toBeLessThan(25_000);
  });

  it('says of a reason that is a failure what is of use', () => {
    const sut = new CompletionBuilder();
    expect(() => sut.add({ choices: [{ finish_reason: 'network_error' }] })).toThrow('network_error');
    expect(() => sut.add({ choices: [{ finish_reason: 'error' }] })).toThrow('no reason given');
  });

  it.each([
    ['an id', (text: string, at: number) => ({ tool_calls: [{ index: at, id: text, function: {} }] })],
    ['a name', (text: string, at: number) => ({ tool_calls: [{ index: at, function: { name: text } }] })],
  ])('keeps no more of %s than counts', (_what, deltaOf) => {
    const sut = new CompletionBuilder();
    const before = liveBytes();
    for (let at = 0; at < 30; at += 1) sut.add({ choices: [{ delta: deltaOf(longText(at), at) }] });
    expect(liveBytes() - before).toBeLessThan(10_000_000);
    expect(sut.isFinished).toBe(false);
  });

  it.each([
    ['the name of a model', (text: string) => ({ model: text, choices: [{ delta: {} }] })],
    ['a reason', (text: string) => ({ choices: [{ delta: {}, finish_reason: text }] })],
    ['an index', (text: string) => ({ choices: [{ delta: {}, index: text }] })],
  ])('keeps no more of %s than counts', (_what, chunkOf) => {
    const suts = Array.from({ length: 30 }, () => new CompletionBuilder());
    const before = liveBytes();
    for (const [at, sut] of suts.entries()) sut.add(chunkOf(longText(at)));
    expect(liveBytes() - before).toBeLessThan(10_000_000);
    expect(suts).toHaveLength(30);
  });
});

/** A million characters, unlike those of any other number. */
const longText = (at: number): string => Buffer.alloc(1_000_000, `${at}x`).toString('latin1');

/** What the heap has in it that is still in use. */
function liveBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
