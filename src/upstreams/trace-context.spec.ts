import { CallContext } from '../core/call-context.js';
import { traceparentOf } from './trace-context.js';

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
