import { callContext } from '../../../test/helpers/application-context.js';
import { never, OK, ToolCallerHarness } from '../../../test/helpers/tool-caller-harness.js';
import { waitFor } from '../../../test/helpers/wait-for.js';
import type { CallContext } from '../../core/call-context.js';
import { Cancellation } from '../../core/cancellation.js';
import { ToolCaller } from './tool-caller.service.js';
import { ToolError } from '../tool-error.js';

describe(`The limits of ${ToolCaller.name}`, () => {
  let sut: ToolCallerHarness;

  afterEach(() => sut.close());

  describe('with a deadline', () => {
    it('answers a tool that heeds its signal', async () => {
      sut = await ToolCallerHarness.start({ TOOL_TIMEOUT_MS: '100' });
      sut.register(
        (_args, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
          }),
      );
      expect(await sut.codeOf(sut.call())).toBe('timeout');
    });

    it('answers a tool that ignores its signal and hangs', async () => {
      sut = await ToolCallerHarness.start({ TOOL_TIMEOUT_MS: '100' });
      sut.register(never);
      expect(await sut.codeOf(sut.call())).toBe('timeout');
      expect(sut.caller.inFlight).toBe(0);
    });

    it('is not disturbed by a tool that fails after it was given up', async () => {
      sut = await ToolCallerHarness.start({ TOOL_TIMEOUT_MS: '100' });
      let failLate: (error: Error) => void = () => undefined;
      sut.register(
        () =>
          new Promise((_resolve, reject) => {
            failLate = reject;
          }),
      );
      expect(await sut.codeOf(sut.call())).toBe('timeout');
      failLate(new Error('too late'));
      // Jest fails a test in which a rejection is not handled by the end of the turn.
      await new Promise((resolve) => setImmediate(resolve));
      expect(sut.caller.inFlight).toBe(0);
    });

    it('leaves no timer behind a tool that is done', async () => {
      sut = await ToolCallerHarness.start();
      sut.register(() => Promise.resolve(OK));
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
      try {
        await sut.call();
        expect(jest.getTimerCount()).toBe(0);
      } finally {
        jest.useRealTimers();
      }
    });
  });

  describe('when the caller cancels', () => {
    it.each([
      [
        'heeds',
        ({ signal }: CallContext) =>
          new Promise<never>((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
          }),
      ],
      ['ignores', never],
    ])(
      'answers a tool that %s its signal',
      async (_what, work) => {
        sut = await ToolCallerHarness.start();
        const cancellation = new Cancellation();
        sut.register((_args, caller) => work(caller));
        const running = sut.call({}, callContext({ cancellation }));
        await waitFor(() => sut.caller.inFlight === 1);
        cancellation.cancel(new Error('gone'));
        expect(await sut.codeOf(running)).toBe('cancelled');
        expect(sut.caller.inFlight).toBe(0);
      },
      10_000,
    );

    it('tells a call that was cancelled before it began', async () => {
      sut = await ToolCallerHarness.start();
      const cancellation = new Cancellation();
      cancellation.cancel(new Error('gone'));
      sut.register(never);
      expect(await sut.codeOf(sut.call({}, callContext({ cancellation })))).toBe('cancelled');
    });
  });

  describe('when too many calls run', () => {
    it('refuses the next at once, and lets calls in again when one is done', async () => {
      sut = await ToolCallerHarness.start({ TOOL_MAX_CONCURRENCY: '2', PRINCIPAL_SHARE_PERCENT: '100' });
      const finish: (() => void)[] = [];
      sut.register(() => new Promise((resolve) => finish.push(() => resolve(OK))));
      const running = [sut.call(), sut.call()];
      await expect(sut.call()).rejects.toMatchObject({
        code: 'busy',
        data: { retryAfterMs: 1000 },
        headers: { 'Retry-After': '1' },
      });
      finish[0]!();
      await running[0];
      const next = sut.call();
      await waitFor(() => finish.length === 3);
      for (const end of finish) end();
      expect(await Promise.all([running[1], next])).toEqual([OK, OK]);
      expect(sut.caller.inFlight).toBe(0);
    });

    it('gives the place back whatever becomes of the call', async () => {
      sut = await ToolCallerHarness.start({ TOOL_MAX_CONCURRENCY: '1' });
      sut.register(({ count }) => {
        if (count === 1) return Promise.reject(new Error('broken'));
        if (count === 2) return Promise.reject(new ToolError('tool_failed', 'Failed.'));
        if (count === 4) throw new Error('thrown and not rejected');
        return Promise.resolve(OK);
      });
      for (const count of [1, 2, 4, 5]) await sut.call({ count });
      await sut.call({ count: 'x' });
      expect(sut.caller.inFlight).toBe(0);
      expect(await sut.call()).toBe(OK);
    });
  });
});
