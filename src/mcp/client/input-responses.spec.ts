import type { InputRequest, InputRequests } from '../../core/client.port.js';
import { answersTo, unanswered } from './input-responses.js';

const form: InputRequest = { method: 'elicitation/create', params: { message: 'Name?' } };
const sample: InputRequest = { method: 'sampling/createMessage', params: { messages: [] } };
const roots: InputRequest = { method: 'roots/list', params: {} };

const isAnswered = (request: InputRequest, answer: unknown): boolean =>
  Object.keys(unanswered({ asked: request }, { asked: answer })).length === 0;

// 2026-07-28, basic/patterns/mrtr, "Error Handling".
describe('Input responses', () => {
  it.each<[string, InputRequest, unknown]>([
    ['a form that was filled in', form, { action: 'accept', content: { name: 'Ann' } }],
    ['a form that was declined', form, { action: 'decline' }],
    ['a form that was dismissed', form, { action: 'cancel' }],
    ['a sampled message', sample, { role: 'assistant', content: { type: 'text', text: 'a' }, model: 'm' }],
    ['a list of roots', roots, { roots: [{ uri: 'file:///' }] }],
    ['an empty list of roots', roots, { roots: [] }],
    ['more than was asked for', form, { action: 'decline', extra: true }],
  ])('take %s', (_what, request, answer) => {
    expect(isAnswered(request, answer)).toBe(true);
    expect(answersTo({ asked: request }, { asked: answer })).toEqual({ asked: answer });
  });

  it.each<[string, InputRequest, unknown]>([
    ['nothing', form, undefined],
    ['null', form, null],
    ['text', form, 'accept'],
    ['a list', form, [{ action: 'accept' }]],
    ['an action that is none', form, { action: 'perhaps' }],
    ['an action that every object has', form, { action: 'toString' }],
    ['an answer to another kind of request', form, { roots: [] }],
    ['a message without a role', sample, { content: { type: 'text', text: 'a' } }],
    ['a message whose content is text', sample, { role: 'assistant', content: 'a' }],
    ['roots that are no list', roots, { roots: {} }],
  ])('ask again where there is %s', (_what, request, answer) => {
    expect(isAnswered(request, answer)).toBe(false);
    expect(answersTo({ asked: request }, { asked: answer })).toEqual({});
  });

  it('ask for what is missing alone, and keep what was not asked for out', () => {
    const requests: InputRequests = { one: form, two: form, three: roots };
    const answers = { one: { action: 'decline' }, three: {}, four: { action: 'accept' } };
    expect(unanswered(requests, answers)).toEqual({ two: form, three: roots });
    expect(answersTo(requests, answers)).toEqual({ one: { action: 'decline' } });
  });
});
