import { callContext } from '../../../test/helpers/application-context.js';
import { OK, ToolCallerHarness } from '../../../test/helpers/tool-caller-harness.js';
import { Cancellation } from '../../core/cancellation.js';
import { Turn } from './turn.js';

describe(`${Turn.name} leaves no place taken behind`, () => {
  let sut: ToolCallerHarness;

  const start = async (bounds: string): Promise<void> => {
    sut = await ToolCallerHarness.start({
      TOOL_CONCURRENCY: `subject=${bounds}`,
      PRINCIPAL_SHARE_PERCENT: '100',
    });
  };
  afterEach(() => sut.close());

  const MICROTASKS = [0, 1, 2, 3, 4, 5, 6];
  const after = async (microtasks: number): Promise<void> => {
    for (let passed = 0; passed < microtasks; passed += 1) await Promise.resolve();
  };
  /** A call that goes aside until `open`, and one that has the only place until `held`. */
  const twoCalls = async (): Promise<{
    open: PromiseWithResolvers<void>;
    held: PromiseWithResolvers<void>;
    cancellation: Cancellation;
  }> => {
    await start('1/5');
    const [open, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    sut.register(async ({ count }, context) => {
      if (count === 1) await context.aside(() => open.promise);
      if (count === 2) await held.promise;
      return OK;
    });
    return { open, held, cancellation: new Cancellation() };
  };
  const isFree = async (): Promise<unknown> => (await sut.call({ count: 3 }, callContext())).isError ?? 'ok';

  it.each(MICROTASKS)(
    'a call that is cancelled %i microtasks after another has ended',
    async (microtasks) => {
      const { open, held, cancellation } = await twoCalls();
      const first = sut.call({ count: 1 }, callContext({ cancellation })).catch(String);
      const second = sut.call({ count: 2 }, callContext());
      open.resolve();
      await new Promise(setImmediate);
      held.resolve();
      await after(microtasks);
      cancellation.cancel(new Error('gone'));
      await Promise.all([first, second]);
      expect(await isFree()).toBe('ok');
    },
  );

  it.each(MICROTASKS)('a call that is cancelled %i microtasks after its wait', async (microtasks) => {
    const { open, cancellation } = await twoCalls();
    const first = sut.call({ count: 1 }, callContext({ cancellation })).catch(String);
    await new Promise(setImmediate);
    open.resolve();
    await after(microtasks);
    cancellation.cancel(new Error('gone'));
    await first;
    expect(await isFree()).toBe('ok');
  });

  it('a call that waits aside twice at once', async () => {
    await start('1/0');
    const open = Promise.withResolvers<void>();
    sut.register(async ({ count }, context) => {
      if (count === 1) await Promise.all([1, 2].map(() => context.aside(() => open.promise)));
      return OK;
    });
    const first = sut.call({ count: 1 }, callContext());
    await new Promise(setImmediate);
    open.resolve();
    await first;
    expect(await isFree()).toBe('ok');
  });
});
