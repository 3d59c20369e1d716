import { type ErrorCode, ERRORS } from './error-registry.js';
import { AppError, toJsonRpcError, toProblem } from './errors.js';

const CODES = Object.keys(ERRORS) as ErrorCode[];

describe('The registry of errors', () => {
  it.each(CODES)('%s has a status, a code, a title and a remedy', (code) => {
    const { status, rpc, title, mend } = ERRORS[code];
    expect(Number.isInteger(status) && status >= 200 && status < 600).toBe(true);
    expect(Number.isInteger(rpc) && rpc < 0).toBe(true);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(mend).toMatch(/^[A-Z].*\.$/);
  });

  // 2026-07-28, basic/index: of the range that MCP reserves, these alone are defined.
  it('has of the codes that MCP reserves only those that it defines', () => {
    const reserved = CODES.map((code) => ERRORS[code].rpc as number).filter(
      (rpc) => rpc <= -32020 && rpc >= -32099,
    );
    expect([...new Set(reserved)].sort((a, b) => a - b)).toEqual([-32022, -32021, -32020]);
  });

  // DESIGN.md, "Wire form of refusals".
  it.each<[ErrorCode, number, number]>([
    ['unauthorized', 401, -32000],
    ['invalid_token', 401, -32000],
    ['forbidden', 403, -32003],
    ['insufficient_scope', 403, -32003],
    ['origin_not_allowed', 403, -32003],
    ['host_not_allowed', 403, -32003],
    ['rate_limited', 429, -32001],
    ['busy', 503, -32006],
    ['issuer_unavailable', 503, -32006],
    ['parse_error', 400, -32700],
    ['invalid_request', 400, -32600],
    ['invalid_params', 200, -32602],
    ['invalid_envelope', 400, -32602],
    ['method_not_found', 200, -32601],
    ['method_not_found_modern', 404, -32601],
    ['header_mismatch', 400, -32020],
    ['missing_client_capability', 400, -32021],
    ['unsupported_protocol_version', 400, -32022],
    ['internal_error', 500, -32603],
  ])('answers %s with %d and %d', (code, status, rpc) => {
    expect(ERRORS[code]).toMatchObject({ status, rpc });
  });
});

describe(AppError.name, () => {
  it('says its title when there is nothing more to say', () => {
    expect(new AppError('busy')).toMatchObject({ message: ERRORS.busy.title, data: undefined, headers: {} });
  });

  it('says no more of what others have said than a reader needs', () => {
    const { message } = new AppError('bad_request', { detail: 'x'.repeat(1_000_000) });
    expect(message).toMatch(/^x{2000}\.\.\.$/);
  });

  it('keeps its cause', () => {
    const cause = new Error('why');
    expect(new AppError('internal_error', { cause }).cause).toBe(cause);
  });
});

describe(toJsonRpcError.name, () => {
  it.each(['The key is wrong', 'The key is wrong.', 'The key is wrong. \n'])(
    'puts what was wrong and how to mend it into one message: %p',
    (detail) => {
      expect(toJsonRpcError(new AppError('unauthorized', { detail }))).toEqual({
        code: -32000,
        message: `The key is wrong. ${ERRORS.unauthorized.mend}`,
      });
    },
  );

  it('has data only when there is some', () => {
    expect(toJsonRpcError(new AppError('busy'))).not.toHaveProperty('data');
    expect(toJsonRpcError(new AppError('busy', { data: { a: 1 } })).data).toEqual({ a: 1 });
  });

  it('tells nothing of the cause', () => {
    const error = new AppError('internal_error', { cause: new Error('secret') });
    expect(JSON.stringify([toJsonRpcError(error), toProblem(error, 'id')])).not.toContain('secret');
  });
});

describe(toProblem.name, () => {
  it('has the members of RFC 9457, our own, and the data beside them', () => {
    const error = new AppError('rate_limited', { detail: 'Slow down', data: { retryAfterMs: 5 } });
    expect(toProblem(error, 'the-id')).toEqual({
      type: 'urn:mcpo:error:rate_limited',
      title: ERRORS.rate_limited.title,
      status: 429,
      detail: 'Slow down',
      code: 'rate_limited',
      mend: ERRORS.rate_limited.mend,
      correlationId: 'the-id',
      retryAfterMs: 5,
    });
  });

  it('does not let data replace a member', () => {
    const data = { type: 'x', title: 'x', status: 1, detail: 'x', code: 'x', mend: 'x', correlationId: 'x' };
    const problem = toProblem(new AppError('busy', { data }), 'the-id');
    expect(Object.values(problem)).not.toContain('x');
  });
});
