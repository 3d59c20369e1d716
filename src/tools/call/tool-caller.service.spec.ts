import { register as registry } from 'prom-client';
import { callContext, PRINCIPAL } from '../../../test/helpers/application-context.js';
import { OK, ToolCallerHarness } from '../../../test/helpers/tool-caller-harness.js';
import { ToolCaller, UnknownToolError } from './tool-caller.service.js';
import type { ToolResult } from '../tool-definition.js';
import { ToolError } from '../tool-error.js';

describe(ToolCaller.name, () => {
  let sut: ToolCallerHarness;

  afterEach(() => sut.close());

  it('hands the tool its arguments, with defaults, and the context of the call', async () => {
    sut = await ToolCallerHarness.start();
    let seen: unknown;
    sut.register((args, { principal, correlationId }) => {
      seen = { args, principal, correlationId };
      return Promise.resolve(OK);
    });
    expect(await sut.call()).toBe(OK);
    expect(seen).toEqual({
      args: { count: 3 },
      principal: PRINCIPAL,
      correlationId: 'test-correlation-id',
    });
  });

  it('knows no tool that does not exist, nor one that the caller may not use', async () => {
    sut = await ToolCallerHarness.start();
    let calls = 0;
    sut.register(() => {
      calls += 1;
      return Promise.resolve(OK);
    });
    const stranger = callContext({ principal: { ...PRINCIPAL, scopes: ['chat', 'tools:call:other_*'] } });
    for (const name of ['subject', 'nothing']) {
      expect(() => sut.caller.find(name, stranger.principal, {})).toThrow(UnknownToolError);
    }
    expect(calls).toBe(0);
    expect(sut.caller.visibleTo(stranger.principal)).toEqual([]);
  });

  it('shows a caller the tools of its scopes', async () => {
    sut = await ToolCallerHarness.start();
    const visible = sut.caller.visibleTo({ ...PRINCIPAL, scopes: ['tools:call:network_pin*'] });
    expect(visible.map(({ definition }) => definition.name)).toEqual(['network_ping']);
  });

  it('does not run a tool whose arguments do not fit', async () => {
    sut = await ToolCallerHarness.start();
    let calls = 0;
    sut.register(() => {
      calls += 1;
      return Promise.resolve(OK);
    });
    expect(await sut.call({ count: 'many' })).toEqual({
      isError: true,
      content: [{ type: 'text', text: expect.stringContaining('count must be integer') as string }],
      structuredContent: {
        error: { code: 'invalid_arguments', message: expect.stringContaining('subject') as string },
      },
    });
    expect(calls).toBe(0);
  });

  describe('when the tool fails', () => {
    it('passes on what the tool says about it', async () => {
      sut = await ToolCallerHarness.start();
      sut.register(() =>
        Promise.reject(new ToolError('host_not_found', 'No such host.', 'Try another.', { host: 'x' })),
      );
      expect(await sut.call()).toEqual({
        isError: true,
        content: [{ type: 'text', text: 'No such host. Try another.' }],
        structuredContent: {
          error: { code: 'host_not_found', message: 'No such host. Try another.', host: 'x' },
        },
      });
      expect(sut.logs().filter(({ level }) => level === 'ERROR')).toEqual([]);
    });

    it.each([
      ['an error', new Error('secret')],
      ['text', 'secret'],
      ['nothing', undefined],
    ])('keeps %s to itself, and logs it', async (_what, thrown) => {
      sut = await ToolCallerHarness.start();
      // oxlint-disable-next-line prefer-promise-reject-errors -- what a careless tool does
      sut.register(() => Promise.reject(thrown));
      const result = await sut.call();
      expect(await sut.codeOf(Promise.resolve(result))).toBe('internal_error');
      expect(JSON.stringify(result)).not.toContain('secret');
      expect(JSON.stringify(result)).toContain('test-correlation-id');
      expect(sut.logs()).toContainEqual(
        expect.objectContaining({ level: 'ERROR', message: 'Tool failed unexpectedly', tool: 'subject' }),
      );
    });
  });

  it('counts the failures of an upstream together, whatever words it has for them', async () => {
    sut = await ToolCallerHarness.start();
    let calls = 0;
    sut.register(() => {
      const code = `${'C'.repeat(1000)}${(calls += 1)}`;
      return Promise.resolve({ isError: true, content: [], structuredContent: { error: { code } } });
    });
    for (let call = 0; call < 5; call += 1) await sut.call();
    expect((await registry.metrics()).match(/^mcpo_tool_calls_total\{.*$/gm)).toEqual([
      'mcpo_tool_calls_total{tool_name="subject",outcome="tool_error"} 5',
    ]);
  });

  describe('with an output schema', () => {
    const outputSchema = { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] } as const;

    it('passes on data that fits', async () => {
      sut = await ToolCallerHarness.start();
      sut.register(() => Promise.resolve({ content: [], structuredContent: { a: 1 } }), { outputSchema });
      expect(await sut.call()).toEqual({ content: [], structuredContent: { a: 1 } });
    });

    it.each([
      ['of another shape', { content: [], structuredContent: { a: 'x' } }],
      ['left out', { content: [] }],
    ])('takes data %s for a fault of the tool', async (_what, result) => {
      sut = await ToolCallerHarness.start();
      sut.register(() => Promise.resolve(result), { outputSchema });
      expect(await sut.codeOf(sut.call())).toBe('internal_error');
      expect(JSON.stringify(sut.logs())).toContain('output schema');
    });

    it('takes data of another shape for a failure of the upstream whose tool it is', async () => {
      sut = await ToolCallerHarness.start();
      const result: ToolResult = { content: [], structuredContent: { a: 'x' } };
      sut.register(() => Promise.resolve(result), { outputSchema, upstream: 'shop' });
      const answer = await sut.call();
      expect(answer).toMatchObject({ isError: true, structuredContent: { error: { upstream: 'shop' } } });
      expect(await sut.codeOf(sut.call())).toBe('upstream_failed');
      expect(JSON.stringify(answer.content)).toContain('output schema: a must be number');
      expect(sut.logs().filter(({ level }) => level === 'ERROR')).toEqual([]);
    });

    it("leaves a tool's own failure as it is", async () => {
      sut = await ToolCallerHarness.start();
      const failure: ToolResult = { isError: true, content: [{ type: 'text', text: 'no' }] };
      sut.register(() => Promise.resolve(failure), { outputSchema });
      expect(await sut.call()).toBe(failure);
    });
  });

  describe('of an upstream, with a schema whose check comes to no end', () => {
    const properties = { a: { type: 'string', pattern: '^(?=a)(a+)+$' } };
    const endless = { type: 'object', properties } as const;
    const a = `${'a'.repeat(60)}!`;

    it('says so of its arguments, and answers others meanwhile', async () => {
      sut = await ToolCallerHarness.start();
      sut.register(() => Promise.resolve(OK), { inputSchema: endless, upstream: 'shop' });
      const ended: string[] = [];
      const slow = sut.call({ a }).finally(() => ended.push('slow'));
      sut.register(() => Promise.resolve(OK), { name: 'other' });
      const context = callContext();
      const other = sut.caller.call(sut.caller.find('other', context.principal), {}, context);
      expect(await other.finally(() => ended.push('other'))).toBe(OK);
      expect(await sut.codeOf(slow)).toBe('timeout');
      expect(JSON.stringify(await slow)).toContain(
        'could not be checked against the input schema of subject within 2 s',
      );
      expect(ended).toEqual(['other', 'slow']);
    });

    it('does not pass on its answer, and says so', async () => {
      sut = await ToolCallerHarness.start();
      const result: ToolResult = { content: [], structuredContent: { a } };
      sut.register(() => Promise.resolve(result), { outputSchema: endless, upstream: 'shop' });
      const answer = await sut.call();
      expect(await sut.codeOf(Promise.resolve(answer))).toBe('upstream_failed');
      expect(JSON.stringify(answer)).toContain(
        'answer of the upstream shop could not be checked against the output schema of subject within 2 s',
      );
    });
  });

  it('bounds the output', async () => {
    sut = await ToolCallerHarness.start({ TOOL_MAX_OUTPUT_BYTES: '1024' });
    sut.register(() => Promise.resolve({ content: [{ type: 'text', text: 'x'.repeat(2000) }] }));
    expect(await sut.codeOf(sut.call())).toBe('output_too_large');
  });
});
