import { scrub } from './scrub.js';

describe(scrub.name, () => {
  it.each([
    'connect ECONNREFUSED 127.0.0.1:6379',
    "ENOENT: no such file or directory, open '/etc/mcpo/keys.json'",
    'getaddrinfo ENOTFOUND redis-0.redis.svc.cluster.local',
    'https://issuer.example/realms/a/protocol/openid-connect/certs answered with the status 500',
    'error:0A000086:SSL routines:tls_post_process_server_certificate:certificate verify failed',
    'WRONGPASS invalid username-password pair or user is disabled.',
    'The child ended with the exit code 1',
  ])('leaves %s as it is', (text) => {
    expect(scrub(text)).toBe(text);
  });

  it.each([
    ['redis://me:pa/ss@host:6379/0 is away', 'redis://***@host:6379/0 is away'],
    ['"http://h/a?key=b@c" is away', '"http://*** is away'],
    ['Authorization: Bearer abc', 'Authorization: Bearer ***'],
    ['the key mcpo_0123456789ABCDEFGHIJabcdefghij01_abcdef', 'the key ***'],
    ['a eyJhbGciOiJSUzI1NiIsInR5cCI6.eyJzdWIiOiIxMjM0NTY3ODkw b', 'a ***.*** b'],
  ])('takes the secret out of %s', (text, scrubbed) => {
    expect(scrub(text)).toBe(scrubbed);
  });

  it('takes time in proportion to what it keeps', () => {
    for (const part of ['://@', 'a1', '?', ' ', 'Bearer ', '"'] as const) {
      expect(scrub(part.repeat(1_000_000)).length).toBeLessThan(2000);
    }
  });
});
