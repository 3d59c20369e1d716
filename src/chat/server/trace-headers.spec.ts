import { traceHeaders } from './trace-headers.js';

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
