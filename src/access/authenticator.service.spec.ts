import type { Request } from 'express';
import { AppError } from '../core/errors.js';
import type { Principal } from '../core/principal.js';
import type { AuditEvent } from '../audit/audit-trail.port.js';
import { Authenticator } from './authenticator.service.js';
import type { CredentialVerifier, Verdict } from './credential-verifier.port.js';
import type { RateLimiter } from './limits/rate-limiter.service.js';

const principal = (id: string): Principal => ({ id, kind: 'api-key', scopes: [] });

/** Knows credentials that begin with its letter; a second letter `x` makes a bad one. */
class LetterVerifier implements CredentialVerifier {
  readonly asksFor = { what: 'letter', how: 'a letter' };
  readonly challenge: string;
  asked = 0;
  isInForce = true;

  constructor(
    private readonly letter: string,
    private readonly isSlow = false,
  ) {
    this.challenge = `${letter} realm="mcpo"`;
  }

  verify({ value }: { value: string }): Verdict | Promise<Verdict> | undefined {
    this.asked += 1;
    if (!value.startsWith(this.letter)) return undefined;
    const verdict: Verdict =
      value[1] === 'x'
        ? { rule: 'bad', detail: `Bad ${this.letter}` }
        : { principal: principal(value), holds: () => this.isInForce };
    return this.isSlow ? Promise.resolve(verdict) : verdict;
  }
}

describe(Authenticator.name, () => {
  let a: LetterVerifier;
  let b: LetterVerifier;
  let recorded: AuditEvent[];
  let failures: number;
  let requests: number;
  let sut: Authenticator;

  beforeEach(() => {
    [a, b] = [new LetterVerifier('a'), new LetterVerifier('b', true)];
    recorded = [];
    failures = 0;
    requests = 0;
    const limiter = {
      consumeFailedKey: async () => void (failures += 1),
      consume: async () => void (requests += 1),
    } as unknown as RateLimiter;
    sut = new Authenticator([a, b], { record: (event) => void recorded.push(event) }, limiter);
  });

  const request = (headers: Record<string, string>, socket: object = {}): Request =>
    ({ headers, socket, ip: '192.0.2.1' }) as unknown as Request;
  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

  it.each([
    ['of the first kind', { 'x-api-key': 'a1' }, 'a1'],
    ['of the second kind', bearer('b1'), 'b1'],
  ])('recognises a credential %s', async (_what, headers, id) => {
    expect(await sut.authenticate(request(headers))).toMatchObject({ principal: { id } });
  });

  it.each([
    ['none', {}, 'missing'],
    ['one that nobody knows', bearer('c1'), 'unknown'],
    ['a bad one', bearer('bx'), 'bad'],
    ['a bad x-api-key, which a good Bearer does not rescue', { 'x-api-key': 'ax', ...bearer('b1') }, 'bad'],
  ])('refuses %s', async (_what, headers, rule) => {
    expect(await sut.authenticate(request(headers))).toMatchObject({ rule });
  });

  it('does not ask the next verifier once one has decided', async () => {
    await sut.authenticate(request({ 'x-api-key': 'ax' }));
    expect([a.asked, b.asked]).toEqual([1, 0]);
  });

  it('remembers what was good on a connection, while it is in force and for the same headers', async () => {
    const socket = {};
    expect(sut.remembered(request(bearer('a1'), socket))).toBeUndefined();
    await sut.authenticate(request(bearer('a1'), socket));
    expect(sut.remembered(request(bearer('a1'), socket))).toMatchObject({ principal: { id: 'a1' } });
    expect(sut.remembered(request(bearer('a1'), {}))).toBeUndefined();
    expect(sut.remembered(request(bearer('a2'), socket))).toBeUndefined();
    expect(sut.remembered(request({}, socket))).toBeUndefined();
    expect(sut.remembered(request({ 'x-api-key': 'ax', ...bearer('a1') }, socket))).toBeUndefined();
    a.isInForce = false;
    expect(sut.remembered(request(bearer('a1'), socket))).toBeUndefined();
  });

  it('remembers nothing that was refused', async () => {
    const socket = {};
    await sut.authenticate(request(bearer('ax'), socket));
    expect(sut.remembered(request(bearer('ax'), socket))).toBeUndefined();
  });

  it('counts a refusal, takes it down, and says what to send', async () => {
    const refusal = { rule: 'unknown', detail: 'No' };
    await expect(sut.refuse(request({}), refusal)).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'No',
      // The last verifier has the first word.
      headers: { 'WWW-Authenticate': 'b realm="mcpo", a realm="mcpo"' },
    });
    const error = new AppError('invalid_token');
    await expect(sut.refuse(request({}), { ...refusal, error })).rejects.toBe(error);
    expect(failures).toBe(2);
    expect(recorded).toHaveLength(2);
    expect(recorded[0]).toMatchObject({
      action: 'key.failed',
      outcome: 'denied',
      rule: 'unknown',
      clientIp: '192.0.2.1',
    });
  });

  it('counts what was no guess as a request, and takes it down all the same', async () => {
    const refusal = { rule: 'token_expired', detail: 'Late', isGenuine: true };
    await expect(sut.refuse(request({}), refusal)).rejects.toThrow('Late');
    expect({ failures, requests, recorded: recorded.length }).toEqual({
      failures: 0,
      requests: 1,
      recorded: 1,
    });
  });
});
