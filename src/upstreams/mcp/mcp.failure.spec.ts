import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from '@modelcontextprotocol/client';
import { UpstreamError } from '../upstream.error.js';
import { MAX_BODY, STREAM_ENDED, toUpstreamError } from './mcp.failure.js';

const http = (status: number, text = 'secret=1'): SdkHttpError =>
  new SdkHttpError(SdkErrorCode.ClientHttpNotImplemented, 'Error POSTing', { status, text });
const named = (name: string): Error => Object.assign(new Error('m'), { name });
const system = (code: string): Error => Object.assign(new Error('connect https://user:pw@host'), { code });

describe(toUpstreamError, () => {
  it.each([
    [new ProtocolError(-32603, 'Internal error'), 'failed'],
    [new ProtocolError(-32602, 'Invalid params'), 'refused'],
    [new ProtocolError(-32000, 'ended', STREAM_ENDED), 'unreachable'],
    [http(500), 'failed'],
    [http(503), 'failed'],
    [http(404), 'refused'],
    [http(401), 'refused'],
    [new SdkError(SdkErrorCode.ConnectionClosed, 'closed'), 'unreachable'],
    [new SdkError(SdkErrorCode.RequestTimeout, 'slow'), 'timeout'],
    [new SdkError(SdkErrorCode.InvalidResult, 'odd'), 'malformed'],
    [new SdkError(SdkErrorCode.ClientHttpUnexpectedContent, 'html'), 'malformed'],
    [new SyntaxError('no JSON'), 'malformed'],
    [named('ZodError'), 'malformed'],
    [named('ResponseTooLargeError'), 'too_large'],
    [new Error('Error POSTing to endpoint (HTTP 502): x'), 'failed'],
    [new TypeError('fetch failed', { cause: system('ENOTFOUND') }), 'unreachable'],
    [system('ECONNREFUSED'), 'unreachable'],
  ])('%s', (error, kind) => {
    expect(toUpstreamError(error)).toMatchObject({ name: 'UpstreamError', kind });
  });

  it('names the code of the system, and nothing of the address', () => {
    const nested = new SdkError(SdkErrorCode.EraNegotiationFailed, 'm', {
      cause: system('CERT_HAS_EXPIRED'),
    });
    expect(toUpstreamError(nested).message).toBe('It cannot be reached (CERT_HAS_EXPIRED)');
    expect(toUpstreamError(http(500)).message).toBe('It answered with HTTP 500');
  });

  it.each([
    [
      http(400, '{"error": {"code": -32602, "message": "name is missing"}}'),
      'refused',
      'name is missing',
      -32602,
    ],
    [http(400, ' [{"error": {"code": -32603, "message": "broken"}}]'), 'failed', 'broken', -32603],
    [http(502, '{"error": {"code": -32000, "message": "away"}}'), 'failed', 'away', -32000],
    [http(500, '{"error": {"message": "away"}}'), 'failed', 'It answered with HTTP 500: "away"', undefined],
    [http(418, '{"error": "teapot"}'), 'refused', 'It answered with HTTP 418: "teapot"', undefined],
    [http(400, ' name is\nmissing '), 'refused', 'It answered with HTTP 400: "name is\\nmissing"', undefined],
    [http(422, 'x'.repeat(1000)), 'refused', `It answered with HTTP 422: "${'x'.repeat(200)}..."`, undefined],
    [http(400, '<p>name is missing</p>'), 'refused', 'It answered with HTTP 400', undefined],
    [http(400, 'PK\0\0'), 'refused', 'It answered with HTTP 400', undefined],
    [http(503, 'at line 5'), 'failed', 'It answered with HTTP 503', undefined],
    [
      http(400, 'event: message\ndata: {"error": {"code": -32602, "message": "name is missing"}}\n\n'),
      'refused',
      'name is missing',
      -32602,
    ],
    [http(418, '{"error": 1}'), 'refused', 'It answered with HTTP 418', undefined],
    [http(418, '{"error": '), 'refused', 'It answered with HTTP 418', undefined],
    [
      http(418, JSON.stringify({ error: 'x'.repeat(MAX_BODY) })),
      'refused',
      'It answered with HTTP 418',
      undefined,
    ],
  ])('reads what the body of a refusal says: %#', (error, kind, message, rpcCode) => {
    const failure = toUpstreamError(error);
    expect([failure.kind, failure.message, failure.details.rpcCode]).toEqual([kind, message, rpcCode]);
  });

  it('leaves what has been explained as it is, and cuts what an upstream says', () => {
    const error = new UpstreamError('refused', 'so');
    expect(toUpstreamError(error)).toBe(error);
    expect(toUpstreamError(new ProtocolError(-1, 'x'.repeat(10_000))).message).toHaveLength(500);
  });
});
