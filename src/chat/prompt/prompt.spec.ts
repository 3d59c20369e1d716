import type { Turn } from '../conversations/conversation.js';
import { Fence } from '../turn/fence.js';
import { historyOf } from './prompt.js';

const FENCE = new Fence(new Uint8Array(32), 'a');
const ended = { kind: 'ending' as const, turnId: 't', at: '', model: 'm' };
const turn = (message: string, ending: Turn['ending']): Turn => ({
  question: { kind: 'question', turnId: 't', at: '', message },
  ending,
});
const withTool = (message: string, args: unknown = { target: 'x' }): Turn =>
  turn(message, {
    ...ended,
    response: `answer to ${message}`,
    rounds: [
      {
        text: '',
        calls: [
          { id: 'c1', name: 'a.b', arguments: args, status: 'ok', result: 'r'.repeat(400), durationMs: 1 },
        ],
      },
    ],
  });

describe(historyOf.name, () => {
  it('has the messages of each turn, with its calls and what they gave, fenced', () => {
    expect(historyOf([withTool('q')], FENCE, 1000)).toEqual([
      { role: 'user', content: 'q' },
      {
        role: 'assistant',
        content: '',
        calls: [{ id: 'c1', name: expect.stringMatching(/^a_b_/) as string, arguments: '{"target":"x"}' }],
      },
      { role: 'tool', callId: 'c1', content: FENCE.around('r'.repeat(400)) },
      { role: 'assistant', content: 'answer to q' },
    ]);
  });

  it('leaves out arguments that were no JSON', () => {
    expect(historyOf([withTool('q', '{"target": ')], FENCE, 1000)[1]).toMatchObject({
      calls: [{ arguments: '{}' }],
    });
  });

  it('gives an unanswered question an answer, so that roles alternate', () => {
    const turns = [turn('a', undefined), turn('b', { ...ended, error: 'chat_timeout', rounds: [] })];
    expect(historyOf(turns, FENCE, 225).map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
    ]);
  });

  it('keeps the latest turns within the budget, the older of them without their calls', () => {
    const turns = ['1', '2', '3', '4', '5'].map((message) => withTool(message));
    const history = historyOf(turns, FENCE, 225);
    expect(history.filter(({ role }) => role === 'user').map(({ content }) => content)).toEqual([
      '3',
      '4',
      '5',
    ]);
    expect(history.filter(({ role }) => role === 'tool')).toHaveLength(1);
    expect(history.at(-2)?.role).toBe('tool');
  });

  it('is empty where there is no room', () => {
    expect(historyOf([withTool('q')], FENCE, 0)).toEqual([]);
  });
});
