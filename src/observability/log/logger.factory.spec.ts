import type { Request } from 'express';
import { createLogger } from './logger.factory.js';
import { RequestContext, requestContexts } from '../request-context.js';

type Line = Readonly<Record<string, unknown>>;

describe(createLogger.name, () => {
  let written: string[];
  const loggerOf = (level: Parameters<typeof createLogger>[0] = 'trace'): ReturnType<typeof createLogger> =>
    createLogger(level, { write: (text: string) => written.push(text) });
  const lines = (): Line[] => written.map((text) => JSON.parse(text) as Line);
  const line = (): Line => lines()[0]!;

  beforeEach(() => {
    written = [];
  });

  it('writes one line of JSON with timestamp, level and message first', () => {
    loggerOf().info({ b: 1, a: 'x' }, 'Something happened');
    expect(written[0]).toMatch(/^\{.*\}\n$/);
    expect(Object.keys(line())).toEqual(['timestamp', 'level', 'message', 'b', 'a']);
    expect(line()).toMatchObject({ level: 'INFO', message: 'Something happened', b: 1, a: 'x' });
    expect(line()['timestamp']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it.each(['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const)(
    'calls level %s by its name',
    (level) => {
      loggerOf()[level]('text');
      expect(line()).toMatchObject({ level: level.toUpperCase(), message: 'text' });
    },
  );

  it('writes nothing below its level', () => {
    const logger = loggerOf('warn');
    logger.info('no');
    logger.warn('yes');
    expect(lines().map(({ message }) => message)).toEqual(['yes']);
    written = [];
    loggerOf('silent').fatal('no');
    expect(written).toEqual([]);
  });

  it('has the correlation id of the request on whose behalf it is written', async () => {
    const logger = loggerOf();
    const context = new RequestContext('the-id', {} as Request);
    await requestContexts.run(context, async () => {
      logger.info('before');
      await new Promise((resolve) => setImmediate(resolve));
      logger.child({ part: 'b' }).info({ a: 1 }, 'after');
    });
    logger.info('outside');
    expect(lines().map(({ correlationId }) => correlationId)).toEqual(['the-id', 'the-id', undefined]);
    expect(lines()[2]).not.toHaveProperty('correlationId');
  });

  it('writes an error with its type, its message and its stack', () => {
    loggerOf().error({ err: new TypeError('no') }, 'It failed');
    expect(line()).toMatchObject({
      message: 'It failed',
      err: { type: 'TypeError', message: 'no', stack: expect.stringContaining('TypeError: no') as string },
    });
    written = [];
    loggerOf().error(new TypeError('no'), 'It failed');
    expect(line()).toMatchObject({ message: 'It failed', err: { message: 'no' } });
  });

  it('writes no error of any length', () => {
    const error = Object.assign(new Error('x'.repeat(1_000_000)), { said: 'y'.repeat(1_000_000) });
    loggerOf().error({ err: error }, 'Broken');
    expect(written.join('').length).toBeLessThan(30_000);
  });

  it('takes a percent sign for what it is', () => {
    loggerOf().info('100 % sure');
    loggerOf().info({ a: 1 }, '100 % sure');
    expect(lines().map(({ message }) => message)).toEqual(['100 % sure', '100 % sure']);
  });

  it('stays one line whatever is in it', () => {
    const hostile = 'a\r\n{"level":"FATAL"}\u2028\u001b[2J"\\\u0000\ud800';
    loggerOf().info({ [hostile]: hostile }, hostile);
    expect(written).toHaveLength(1);
    expect(written[0]!.trimEnd()).not.toMatch(/[\r\n\u0000\u001b]/);
    expect(line()).toMatchObject({ level: 'INFO', message: hostile, [hostile]: hostile });
  });

  it('survives what cannot be written as JSON', () => {
    const circular: Record<string, unknown> = { big: 1n };
    circular['self'] = circular;
    loggerOf().info({ circular }, 'odd');
    expect(line()).toMatchObject({ message: 'odd' });
  });
});
