import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from '@modelcontextprotocol/client';
import { UpstreamError } from '../upstream.error.js';
import { STREAM_ENDED, toUpstreamError } from './mcp.failure.js';

const http = (status: number): SdkHttpError =>
  new SdkHttpError(SdkErrorCode.ClientHttpNotImplemented, 'Error POSTing', { status, text: 'secret=1' });
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

  it('leaves what has been explained as it is, and cuts what an upstream says', () => {
    const error = new UpstreamError('refused', 'so');
    expect(toUpstreamError(error)).toBe(error);
    expect(toUpstreamError(new ProtocolError(-1, 'x'.repeat(10_000))).message).toHaveLength(500);
  });
});
