import { leastCpuOf } from '../../../test/helpers/cpu.js';
import { failureOf } from './chat-server.failure.js';

const api = (status: number, message: string, headers: Record<string, string> = {}): Error =>
  Object.assign(new Error(message), { status, headers: new Headers(headers) });
const caused = (code: string): Error =>
  new Error('Connection error.', { cause: Object.assign(new TypeError('fetch failed'), { code }) });

describe(failureOf.name, () => {
  it.each([
    [caused('ECONNREFUSED'), 'unreachable', 'The chat server cannot be reached (ECONNREFUSED)'],
    [caused('ETIMEDOUT'), 'silent', 'The chat server cannot be reached (ETIMEDOUT)'],
    [new Error('Connection error.'), 'unreachable', 'The chat server cannot be reached'],
    [api(500, '500 oops'), 'failed', 'The chat server answered 500 oops'],
    [api(429, '429 slow down'), 'busy', 'The chat server answered 429'],
    [api(404, '404 no such model'), 'refused', 'The chat server answered 404 no such model'],
    [
      api(401, '401 wrong key: sk-1'),
      'refused',
      'The chat server answered 401: it does not accept CHAT_API_KEY',
    ],
  ])('tells what %s says before the answer has begun', (error, failure, message) => {
    expect(failureOf(error, false, undefined)).toMatchObject({ failure, message, cause: error });
  });

  it.each([new SyntaxError('x'), new TypeError('terminated'), api(500, 'late')])(
    'takes %s within the answer for a broken one',
    (error) => {
      expect(failureOf(error, true, undefined).failure).toBe('broken');
    },
  );

  it.each([
    ['7', 7000],
    ['0', 0],
    ['999999999', 3_600_000],
    ['soon', undefined],
    [new Date(0).toUTCString(), 0],
  ])('reads Retry-After: %s', (value, expected) => {
    expect(failureOf(api(429, '', { 'retry-after': value }), false, undefined).retryAfterMs).toBe(expected);
  });

  it('repeats neither the key nor more than a few words', () => {
    const { message } = failureOf(api(400, `400 key sk-planted ${'x'.repeat(1000)}`), false, 'sk-planted');
    expect(message).not.toContain('sk-planted');
    expect(message.length).toBeLessThan(400);
  });

  it('takes no time for a message that is nothing but the key', async () => {
    const error = new Error('k'.repeat(4_000_000));
    const said = (): string => failureOf(error, true, 'k').message;
    expect(said()).toBe(`The chat server reported an error within its answer: ${'*'.repeat(300)}...`);
    expect(await leastCpuOf(said, { enough: 20_000 })).toBeLessThan(40_000);
  });
});
