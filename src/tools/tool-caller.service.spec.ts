import {
  type ApplicationContext,
  callContext,
  createContext,
  PRINCIPAL,
} from '../../test/helpers/application-context.js';
import { waitFor } from '../../test/helpers/wait-for.js';
import type { CallContext } from '../core/call-context.js';
import { Cancellation } from '../core/cancellation.js';
import { ToolCaller, UnknownToolError } from './tool-caller.service.js';
import type { ToolDefinition, ToolResult } from './tool-definition.js';
import { ToolError } from './tool-error.js';
import { ToolRegistry } from './tool.registry.js';

const OK: ToolResult = { content: [{ type: 'text', text: 'ok' }] };
const never = (): Promise<never> => new Promise(() => undefined);

describe(ToolCaller.name, () => {
  let context: ApplicationContext;
  let sut: ToolCaller;

  const start = async (env: Record<string, string> = {}): Promise<void> => {
    context = await createContext({ env });
    sut = context.get(ToolCaller);
  };
  afterEach(() => context.close());

  const register = (handler: ToolDefinition['handler'], members: Partial<ToolDefinition> = {}): void =>
    context.get(ToolRegistry).register({
      name: 'subject',
      description: 'Under test.',
      inputSchema: { type: 'object', properties: { count: { type: 'integer', default: 3 } } },
      duration: 'quick',
      task: 'forbidden',
      handler,
      ...members,
    });
  const call = (
    args: Record<string, unknown> = {},
    caller: CallContext = callContext(),
  ): Promise<ToolResult> => sut.call('subject', args, caller);
  const codeOf = (result: ToolResult): unknown =>
    (result.structuredContent as { error?: { code: string } } | undefined)?.error?.code;

  it('hands the tool its arguments, with defaults, and the context of the call', async () => {
    await start();
    let seen: unknown;
    register((args, { principal, correlationId }) => {
      seen = { args, principal, correlationId };
      return Promise.resolve(OK);
    });
    expect(await call()).toBe(OK);
    expect(seen).toEqual({
      args: { count: 3 },
      principal: PRINCIPAL,
      correlationId: 'test-correlation-id',
    });
  });

  it('knows no tool that does not exist, nor one that the caller may not use', async () => {
    await start();
    let calls = 0;
    register(() => {
      calls += 1;
      return Promise.resolve(OK);
    });
    const stranger = callContext({ principal: { ...PRINCIPAL, scopes: ['chat', 'tools:call:other_*'] } });
    const errors = await Promise.all([
      sut.call('subject', {}, stranger).catch((error: unknown) => error),
      sut.call('nothing', {}, stranger).catch((error: unknown) => error),
    ]);
    expect(errors).toEqual([expect.any(UnknownToolError), expect.any(UnknownToolError)]);
    expect(calls).toBe(0);
    expect(sut.visibleTo(stranger.principal)).toEqual([]);
  });

  it('shows a caller the tools of its scopes', async () => {
    await start();
    const visible = sut.visibleTo({ ...PRINCIPAL, scopes: ['tools:call:network_p*'] });
    expect(visible.map(({ definition }) => definition.name)).toEqual(['network_ping']);
  });

  it('does not run a tool whose arguments do not fit', async () => {
    await start();
    let calls = 0;
    register(() => {
      calls += 1;
      return Promise.resolve(OK);
    });
    expect(await call({ count: 'many' })).toEqual({
      isError: true,
      content: [{ type: 'text', text: expect.stringContaining('count must be integer') as string }],
      structuredContent: {
        error: { code: 'invalid_arguments', message: expect.stringContaining('subject') as string },
      },
    });
    expect(calls).toBe(0);
  });

  describe('with a deadline', () => {
    it('answers a tool that heeds its signal', async () => {
      await start({ TOOL_TIMEOUT_MS: '100' });
      register(
        (_args, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
          }),
      );
      expect(codeOf(await call())).toBe('timeout');
    });

    it('answers a tool that ignores its signal and hangs', async () => {
      await start({ TOOL_TIMEOUT_MS: '100' });
      register(never);
      expect(codeOf(await call())).toBe('timeout');
      expect(sut.inFlight).toBe(0);
    }, 10_000);

    it('is not disturbed by a tool that fails after it was given up', async () => {
      await start({ TOOL_TIMEOUT_MS: '100' });
      let failLate: (error: Error) => void = () => undefined;
      register(
        () =>
          new Promise((_resolve, reject) => {
            failLate = reject;
          }),
      );
      expect(codeOf(await call())).toBe('timeout');
      const unhandled: unknown[] = [];
      const listener = (reason: unknown): number => unhandled.push(reason);
      process.on('unhandledRejection', listener);
      failLate(new Error('too late'));
      await new Promise((resolve) => setTimeout(resolve, 20));
      process.off('unhandledRejection', listener);
      expect(unhandled).toEqual([]);
    }, 10_000);

    it('leaves no timer behind a tool that is done', async () => {
      await start();
      register(() => Promise.resolve(OK));
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
      try {
        await call();
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
        await start();
        const cancellation = new Cancellation();
        register((_args, caller) => work(caller));
        const running = call({}, callContext({ cancellation }));
        await waitFor(() => sut.inFlight === 1);
        cancellation.cancel(new Error('gone'));
        expect(codeOf(await running)).toBe('cancelled');
        expect(sut.inFlight).toBe(0);
      },
      10_000,
    );

    it('tells a call that was cancelled before it began', async () => {
      await start();
      const cancellation = new Cancellation();
      cancellation.cancel(new Error('gone'));
      register(never);
      expect(codeOf(await call({}, callContext({ cancellation })))).toBe('cancelled');
    }, 10_000);
  });

  describe('when too many calls run', () => {
    it('refuses the next at once, and lets calls in again when one is done', async () => {
      await start({ TOOL_MAX_CONCURRENCY: '2' });
      const finish: (() => void)[] = [];
      register(() => new Promise((resolve) => finish.push(() => resolve(OK))));
      const running = [call(), call()];
      await expect(call()).rejects.toMatchObject({
        code: 'busy',
        data: { retryAfterMs: 1000 },
        headers: { 'Retry-After': '1' },
      });
      finish[0]!();
      await running[0];
      const next = call();
      await waitFor(() => finish.length === 3);
      for (const end of finish) end();
      expect(await Promise.all([running[1], next])).toEqual([OK, OK]);
      expect(sut.inFlight).toBe(0);
    });

    it('gives the place back whatever becomes of the call', async () => {
      await start({ TOOL_MAX_CONCURRENCY: '1' });
      register(({ count }) => {
        if (count === 1) return Promise.reject(new Error('broken'));
        if (count === 2) return Promise.reject(new ToolError('tool_failed', 'Failed.'));
        if (count === 4) throw new Error('thrown and not rejected');
        return Promise.resolve(OK);
      });
      for (const count of [1, 2, 4, 5]) await call({ count });
      await call({ count: 'x' });
      expect(sut.inFlight).toBe(0);
      expect(await call()).toBe(OK);
    });
  });

  describe('when the tool fails', () => {
    it('passes on what the tool says about it', async () => {
      await start();
      register(() =>
        Promise.reject(new ToolError('host_not_found', 'No such host.', 'Try another.', { host: 'x' })),
      );
      expect(await call()).toEqual({
        isError: true,
        content: [{ type: 'text', text: 'No such host. Try another.' }],
        structuredContent: {
          error: { code: 'host_not_found', message: 'No such host. Try another.', host: 'x' },
        },
      });
      expect(context.logs().filter(({ level }) => level === 'ERROR')).toEqual([]);
    });

    it.each([
      ['an error', new Error('secret')],
      ['text', 'secret'],
      ['nothing', undefined],
    ])('keeps %s to itself, and logs it', async (_what, thrown) => {
      await start();
      // oxlint-disable-next-line prefer-promise-reject-errors -- what a careless tool does
      register(() => Promise.reject(thrown));
      const result = await call();
      expect(codeOf(result)).toBe('internal_error');
      expect(JSON.stringify(result)).not.toContain('secret');
      expect(JSON.stringify(result)).toContain('test-correlation-id');
      expect(context.logs()).toContainEqual(
        expect.objectContaining({ level: 'ERROR', message: 'Tool failed unexpectedly', tool: 'subject' }),
      );
    });
  });

  describe('with an output schema', () => {
    const outputSchema = { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] } as const;

    it('passes on data that fits', async () => {
      await start();
      register(() => Promise.resolve({ content: [], structuredContent: { a: 1 } }), { outputSchema });
      expect(await call()).toEqual({ content: [], structuredContent: { a: 1 } });
    });

    it.each([
      ['of another shape', { content: [], structuredContent: { a: 'x' } }],
      ['left out', { content: [] }],
    ])('takes data %s for a fault of the tool', async (_what, result) => {
      await start();
      register(() => Promise.resolve(result), { outputSchema });
      expect(codeOf(await call())).toBe('internal_error');
      expect(JSON.stringify(context.logs())).toContain('output schema');
    });

    it("leaves a tool's own failure as it is", async () => {
      await start();
      const failure: ToolResult = { isError: true, content: [{ type: 'text', text: 'no' }] };
      register(() => Promise.resolve(failure), { outputSchema });
      expect(await call()).toBe(failure);
    });
  });

  it('bounds the output', async () => {
    await start({ TOOL_MAX_OUTPUT_BYTES: '1024' });
    register(() => Promise.resolve({ content: [{ type: 'text', text: 'x'.repeat(2000) }] }));
    expect(codeOf(await call())).toBe('output_too_large');
  });
});
