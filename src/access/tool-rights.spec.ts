import type { Principal } from '../core/principal.js';
import { SharedRights } from './tool-rights.js';

const KEY: Principal = { id: 'key:a', kind: 'api-key', scopes: ['chat', 'tools:call:net_*', 'tools:call'] };

describe(SharedRights.name, () => {
  const sut = new SharedRights();

  it('says which scope and which rule decide', () => {
    const rights = sut.of({ ...KEY, tools: { allow: ['*'], deny: ['a', 'net_p*'] } });
    expect([rights.opening('net_ping'), rights.opening('other')]).toEqual(['tools:call:net_*', 'tools:call']);
    expect([rights.denying('net_ping'), rights.denying('other')]).toEqual(['net_p*', undefined]);
    expect(rights.isAllowed('other')).toBe(true);
  });

  it('gives the same to all who have the same, and to nobody else', () => {
    const rights = sut.of(KEY);
    expect(sut.of({ ...KEY, id: 'key:b', name: 'b', scopes: [...KEY.scopes] })).toBe(rights);
    expect(sut.of({ ...KEY, kind: 'oauth' })).not.toBe(rights);
    expect(sut.of({ ...KEY, scopes: ['chat tools:call'] as never })).not.toBe(rights);
    expect(sut.of({ ...KEY, tools: { allow: ['*'], deny: [] } })).not.toBe(rights);
  });
});
