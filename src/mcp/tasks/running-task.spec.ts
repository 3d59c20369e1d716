import type { InputRequest } from '../../core/client.port.js';
import { RunningTask } from './running-task.js';
import type { Task } from './task.store.port.js';

const TASK: Task = {
  taskId: 'a',
  status: 'working',
  createdAt: '2026-01-01T00:00:00.000Z',
  lastUpdatedAt: '2026-01-01T00:00:00.000Z',
  ttlMs: 60_000,
  pollIntervalMs: 1000,
};

const QUESTION: InputRequest = { method: 'elicitation/create', params: { message: '?' } };
const accepted = (value: string) => ({ action: 'accept', content: { value } });

describe(RunningTask.name, () => {
  let saved: Task[];
  let sut: RunningTask;

  beforeEach(() => {
    saved = [];
    sut = new RunningTask(TASK, { elicitation: {} }, async (task) => {
      saved.push(task);
    });
  });

  it('requires what its tool asks, and goes on when it is answered', async () => {
    const answers = sut.ask({ name: QUESTION });
    expect(sut.task).toMatchObject({ status: 'input_required', inputRequests: { name: QUESTION } });

    await sut.answer({ name: accepted('x') });
    expect(await answers).toEqual({ name: accepted('x') });
    expect(sut.task).not.toHaveProperty('inputRequests');
    expect(saved.map(({ status }) => status)).toEqual(['input_required', 'working']);
  });

  it('requires everything at once that its tool asks side by side', async () => {
    const first = sut.ask({ first: QUESTION });
    const second = sut.ask({ second: QUESTION });
    expect(Object.keys(sut.task.inputRequests ?? {})).toEqual(['first', 'second']);

    await sut.answer({ second: accepted('b') });
    expect(await second).toEqual({ second: accepted('b') });
    expect(saved.at(-1)).toMatchObject({ status: 'input_required', inputRequests: { first: QUESTION } });

    await sut.answer({ first: accepted('a') });
    expect(await first).toEqual({ first: accepted('a') });
    expect(saved.at(-1)).toMatchObject({ status: 'working' });
  });

  it('has stored what is still required before an answer counts as taken', async () => {
    const answers = sut.ask({ first: QUESTION, second: QUESTION });
    await sut.answer({ first: accepted('a') });
    expect(Object.keys(saved.at(-1)?.inputRequests ?? {})).toEqual(['second']);
    await sut.answer({ second: accepted('b') });
    expect(await answers).toEqual({ first: accepted('a'), second: accepted('b') });
  });

  it('ignores answers that nobody asked for, second thoughts, and what is no answer', async () => {
    const answers = sut.ask({ first: QUESTION, second: QUESTION });
    await sut.answer({ other: accepted('x'), second: { action: 'perhaps' } });
    await sut.answer({ first: accepted('a') });
    await sut.answer({ first: accepted('z') });
    await sut.answer({ second: accepted('b') });
    expect(await answers).toEqual({ first: accepted('a'), second: accepted('b') });
    expect(saved).toHaveLength(3);
  });

  it('gives up waiting when it is cancelled', async () => {
    const answers = sut.ask({ name: QUESTION });
    sut.cancellation.cancel(new Error('enough'));
    await expect(answers).rejects.toThrow('enough');
    await expect(sut.ask({ other: QUESTION })).rejects.toThrow('enough');
  });

  it('does not ask what the client cannot answer', async () => {
    await expect(sut.ask({ a: { method: 'roots/list', params: {} } })).rejects.toMatchObject({
      code: 'missing_client_capability',
    });
    expect(saved).toEqual([]);
  });

  it('stays as it ended', async () => {
    await sut.update({ status: 'completed', result: { content: [] } });
    await sut.update({ status: 'working' });
    sut.describe('more');
    expect(sut.task).toMatchObject({ status: 'completed', result: { content: [] } });
    expect(saved).toHaveLength(1);
  });
});
