import { callContext, PRINCIPAL } from '../../../test/helpers/application-context.js';
import { OK, ToolCallerHarness } from '../../../test/helpers/tool-caller-harness.js';
import { waitFor } from '../../../test/helpers/wait-for.js';
import type { CallContext } from '../../core/call-context.js';
import { Cancellation } from '../../core/cancellation.js';
import { Explain } from '../explain/explain.service.js';
import { LONG_TOOL, ToolLines } from './tool-lines.js';

describe(ToolLines.name, () => {
  let sut: ToolCallerHarness;
  let running: number;
  let most: number;
  let ends: (() => void)[];

  const start = async (
    env: Record<string, string> = {},
    members: object = { duration: 'long' },
  ): Promise<void> => {
    [running, most, ends] = [0, 0, []];
    sut = await ToolCallerHarness.start({
      TOOL_MAX_CONCURRENCY: '1000',
      PRINCIPAL_SHARE_PERCENT: '100',
      ...env,
    });
    sut.register(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => ends.push(resolve));
      running -= 1;
      return OK;
    }, members);
  };
  /** How a call ended: `ok`, or what refused it. */
  const call = (context = callContext()): Promise<unknown> =>
    sut.call({}, context).then(
      () => 'ok',
      (error: unknown) => error,
    );
  const endAll = (calls: readonly Promise<unknown>[]): Promise<unknown[]> => {
    const all = Promise.all(calls);
    const ending = setInterval(() => {
      for (const end of ends.splice(0)) end();
    });
    return all.finally(() => clearInterval(ending));
  };

  afterEach(() => sut.close());

  it('runs a few of 200 calls of a long tool at a time, lets a few wait, and tells the others when to come again', async () => {
    await start();
    const calls = Array.from({ length: 200 }, () => call());
    await waitFor(() => ends.length === LONG_TOOL.running);
    const outcomes = await endAll(calls);
    expect(most).toBe(LONG_TOOL.running);
    const isBusy = expect.objectContaining({
      code: 'busy',
      message: '32 calls of subject may run at a time, 32 of one caller, and 32 are waiting already',
      data: { retryAfterMs: 5000 },
      headers: { 'Retry-After': '5' },
    }) as unknown;
    const served = LONG_TOOL.running + LONG_TOOL.waiting;
    expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(served);
    expect(outcomes.filter((outcome) => outcome !== 'ok')).toEqual(
      Array.from({ length: 200 - served }, () => isBusy),
    );
    expect(sut.caller.inFlight).toBe(0);
    expect(await endAll([call()])).toEqual(['ok']);
  });

  it('keeps a quarter for one caller, so that another is served while the first has 200 calls', async () => {
    await start({ PRINCIPAL_SHARE_PERCENT: '25' });
    const of = (id: string): CallContext => callContext({ principal: { ...PRINCIPAL, id } });
    const greedy = Array.from({ length: 200 }, () => call(of('greedy')));
    const quarter = LONG_TOOL.running / 4;
    await waitFor(() => ends.length === quarter);
    const other = call(of('other'));
    await waitFor(() => ends.length === quarter + 1);
    const outcomes = await endAll([...greedy, other]);
    expect(outcomes.pop()).toBe('ok');
    expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(2 * quarter);
    expect(outcomes.find((outcome) => outcome !== 'ok')).toMatchObject({
      message:
        '32 calls of subject may run at a time, 8 of one caller, and as many of this caller are waiting as may',
    });
  });

  it('has other bounds by TOOL_CONCURRENCY, for quick tools too, and says so beforehand', async () => {
    await start({ TOOL_CONCURRENCY: 'other=1/1,sub*=1/0' }, {});
    const first = call();
    await waitFor(() => ends.length === 1);
    const explain = async (): Promise<unknown> =>
      (await sut.get(Explain).explain('subject', {}, callContext())).decidedBy;
    expect(await explain()).toMatchObject({ check: 'concurrency', passes: false, rule: 'TOOL_CONCURRENCY' });
    expect(await call()).toMatchObject({ code: 'busy' });
    expect(await endAll([first])).toEqual(['ok']);
    expect(await explain()).toMatchObject({ check: 'rights', passes: true });
  });

  it('gives up a call that is cancelled while it waits', async () => {
    await start({ TOOL_CONCURRENCY: 'subject=1/2' });
    const first = call();
    await waitFor(() => ends.length === 1);
    const cancellation = new Cancellation();
    const cancelled = sut.call({}, callContext({ cancellation }));
    cancellation.cancel(new Error('no more'));
    expect(await sut.codeOf(cancelled)).toBe('cancelled');
    expect(await endAll([first])).toEqual(['ok']);
    expect(running).toBe(0);
  });

  it('leaves tools of upstreams to the bounds of their upstream', async () => {
    await start({}, { duration: 'long', upstream: 'files' });
    const calls = Array.from({ length: 100 }, () => call());
    await waitFor(() => ends.length === 100);
    expect(await endAll(calls)).toEqual(Array.from({ length: 100 }, () => 'ok'));
  });

  describe('with calls that wait aside', () => {
    let open: PromiseWithResolvers<void>;
    let aside: number;
    let held: PromiseWithResolvers<void>;

    /** One place, and nobody may wait for it. `subject` with 1 waits aside, then holds its place like any other. */
    const begin = async (waiting: number): Promise<void> => {
      [open, held, aside] = [Promise.withResolvers(), Promise.withResolvers(), 0];
      sut = await ToolCallerHarness.start({
        TOOL_CONCURRENCY: `subject=1/${waiting}`,
        PRINCIPAL_SHARE_PERCENT: '100',
      });
      sut.register(async ({ count }, context) => {
        if (count === 1) {
          aside += 1;
          await context.aside(() => open.promise);
        }
        if (count === 2) await held.promise;
        return OK;
      });
    };
    const codeOf = (count: number, context = callContext()): Promise<unknown> =>
      sut.codeOf(sut.call({ count }, context)).catch((error: { code: unknown }) => error.code);

    it('lets others go on meanwhile', async () => {
      await begin(4);
      const waiting = Array.from({ length: 5 }, () => codeOf(1));
      await waitFor(() => aside === 5);
      expect(await codeOf(0)).toBeUndefined();
      open.resolve();
      expect(await Promise.all(waiting)).toEqual(Array.from({ length: 5 }, () => undefined));
      expect(sut.caller.inFlight).toBe(0);
    });

    it('has them take a turn again, or says that there is none', async () => {
      await begin(0);
      const first = codeOf(1);
      await waitFor(() => aside === 1);
      const second = codeOf(2);
      open.resolve();
      expect(await first).toBe('busy');
      held.resolve();
      expect(await second).toBeUndefined();
      expect(await codeOf(0)).toBeUndefined();
    });

    it.each([
      [
        'is cancelled',
        (cancellation: Cancellation) => cancellation.cancel(new Error('no more')),
        'cancelled',
      ],
      ['waits for what fails', () => open.reject(new Error('failed')), 'internal_error'],
    ])('keeps no place for one that %s', async (_name, end, code) => {
      await begin(0);
      const cancellation = new Cancellation();
      const first = codeOf(1, callContext({ cancellation }));
      await waitFor(() => aside === 1);
      end(cancellation);
      expect(await first).toBe(code);
      open.resolve();
      expect(await codeOf(0)).toBeUndefined();
      expect(await codeOf(0)).toBeUndefined();
    });
  });
});
