import { CallContext } from './call-context.js';
import { traceHeaders, traceparentOf } from './trace-context.js';

const GIVEN = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const context = (correlationId: string, traceparent?: string): CallContext =>
  new CallContext({
    principal: { id: 'local', kind: 'local', scopes: [] },
    correlationId,
    headers: { traceparent },
  });

describe(traceparentOf, () => {
  it("passes the caller's own on", () => {
    expect(traceparentOf(context('id', GIVEN))).toBe(GIVEN);
  });

  it.each([
    undefined,
    'nonsense',
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
    `${GIVEN}-more`,
  ])('makes one in the place of %s', (given) => {
    expect(traceparentOf(context('id', given))).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it('makes the same trace of the same correlation id, and of a UUID the UUID', () => {
    const traceOf = (id: string): string => traceparentOf(context(id)).split('-')[1]!;
    expect(traceOf('any id')).toBe(traceOf('any id'));
    expect(traceOf('any id')).not.toBe(traceOf('another'));
    expect(traceOf('6f2f4f3c-12ab-4c1d-9e8f-0123456789AB')).toBe('6f2f4f3c12ab4c1d9e8f0123456789ab');
  });
});

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

describe(traceHeaders.name, () => {
  it('goes on with the trace of the caller, in a span of its own', () => {
    const { traceparent } = traceHeaders('id', `00-${TRACE}-00f067aa0ba902b7-00`);
    expect(traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    expect(traceparent).not.toContain('00f067aa0ba902b7');
  });

  it('makes a trace of the correlation id, the same each time', () => {
    const id = '550e8400-e29b-41d4-a716-446655440000';
    expect(traceHeaders(id, undefined)).toEqual({
      'x-correlation-id': id,
      traceparent: expect.stringMatching(/^00-550e8400e29b41d4a716446655440000-[0-9a-f]{16}-01$/) as string,
    });
    const traceOf = (): string | undefined =>
      traceHeaders('ticket-4711', undefined)['traceparent']?.slice(0, 35);
    expect(traceOf()).toBe(traceOf());
  });

  it.each([
    '',
    'nonsense',
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-00f067aa0ba902b7-01`,
  ])('does not go on with %p', (traceparent) => {
    expect(traceHeaders('id', traceparent)['traceparent']).not.toContain(TRACE);
  });
});
