import type { Principal, Scope } from '../core/principal.js';
import type { AuditEvent } from '../audit/audit-trail.port.js';
import { Authorization } from './authorization.service.js';

const holding = (...scopes: Scope[]): Principal => ({ id: 'key:test', kind: 'api-key', scopes });

describe(Authorization.name, () => {
  let recorded: AuditEvent[];
  let sut: Authorization;

  beforeEach(() => {
    recorded = [];
    sut = new Authorization({ record: (event) => void recorded.push(event) });
  });

  it.each([
    [['tools:call'], 'network_ping', true],
    [['tools:call:network_*'], 'network_ping', true],
    [['tools:call:network_*'], 'files_read', false],
    [['chat', 'tools:call:files_*', 'tools:call:*_ping'], 'network_ping', true],
    [['tools:call:'], 'network_ping', false],
    [['chat'], 'network_ping', false],
    [['admin'], 'network_ping', false],
    [[], 'network_ping', false],
  ] as [Scope[], string, boolean][])('with the scopes %j, may call %s: %s', (scopes, tool, expected) => {
    expect(sut.mayCallTool(holding(...scopes), tool)).toBe(expected);
  });

  it.each([
    ['nothing allowed', [], [], false, 'tools.allow'],
    ['everything allowed', ['*'], [], true, 'scope tools:call'],
    ['another one allowed', ['files_*'], [], false, 'tools.allow'],
    ['allowed among others', ['files_*', '*_ping'], [], true, 'scope tools:call'],
    ['denied', ['*'], ['network_*'], false, 'tools.deny network_*'],
    ['denied, though allowed by its name', ['network_ping'], ['*_ping'], false, 'tools.deny *_ping'],
    ['another one denied', ['*'], ['files_*'], true, 'scope tools:call'],
  ])('decides with %s', (_what, allow, deny, isAllowed, rule) => {
    const principal = { ...holding('tools:call'), tools: { allow, deny } };
    expect(sut.decide(principal, 'network_ping')).toMatchObject({ isAllowed, rule });
  });

  it('names the scope that a token lacks, and answers everything else as unknown', () => {
    const token: Principal = { ...holding('chat'), kind: 'oauth' };
    expect(sut.decide(token, 'network_ping')).toEqual({
      isAllowed: false,
      reason: 'insufficient_scope',
      rule: 'scope',
      scope: 'tools:call:network_ping',
    });
    expect(sut.decide(holding('chat'), 'network_ping')).toMatchObject({ reason: 'unknown' });
    // A rule of the server cannot be asked away at the authorization server.
    const denied: Principal = { ...token, tools: { allow: ['*'], deny: ['network_ping'] } };
    expect(sut.decide(denied, 'network_ping')).toMatchObject({ reason: 'unknown' });
  });

  it('takes a refusal down when somebody acts, and nothing when somebody looks', () => {
    const principal = { ...holding('chat'), name: 'tester' };
    expect(sut.mayCallTool(principal, 'network_ping')).toBe(false);
    expect(sut.authorize(holding('tools:call'), 'network_ping').isAllowed).toBe(true);
    expect(recorded).toEqual([]);
    expect(sut.authorize(principal, 'network_ping', { target: 'a' }).isAllowed).toBe(false);
    expect(recorded).toEqual([
      {
        action: 'access.denied',
        outcome: 'denied',
        principal: { id: 'key:test', name: 'tester' },
        target: 'network_ping',
        rule: 'scope',
        arguments: { target: 'a' },
      },
    ]);
  });

  it('lets nobody but an admin administer, and nobody chat without the scope', () => {
    expect(sut.mayAdminister(holding('admin'))).toBe(true);
    expect(sut.mayAdminister(holding('tools:call', 'chat'))).toBe(false);
    expect(sut.mayAdminister(undefined)).toBe(false);
    expect(sut.mayChat(holding('chat'))).toBe(true);
    expect(sut.mayChat(holding('tools:call', 'admin'))).toBe(false);
  });
});
