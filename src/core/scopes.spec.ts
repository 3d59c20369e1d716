import type { Scope } from './principal.js';
import { coversScope, coversTool, isScope } from './scopes.js';

describe(isScope.name, () => {
  it.each(['tools:call', 'chat', 'admin', 'tools:call:network_*', 'tools:call:a.b-c'])('knows %s', (text) => {
    expect(isScope(text)).toBe(true);
  });

  // A scope that could never open a tool is no scope, wherever it is written.
  it.each(['', 'tools', 'tools:call:', 'tools:call:a?b', 'tools:call:a b', 'Admin', 'tools:list'])(
    'refuses %j',
    (text) => {
      expect(isScope(text)).toBe(false);
    },
  );
});

describe(coversTool.name, () => {
  it.each<[Scope, boolean]>([
    ['tools:call', true],
    ['tools:call:network_ping', true],
    ['tools:call:network_*', true],
    ['tools:call:other_*', false],
    ['chat', false],
    ['admin', false],
  ])('%s: %s', (held, covered) => {
    expect(coversTool(held, 'network_ping')).toBe(covered);
  });
});

describe(coversScope.name, () => {
  it.each<[Scope, Scope, boolean]>([
    ['chat', 'chat', true],
    ['tools:call', 'tools:call:network_ping', true],
    ['tools:call:network_*', 'tools:call:network_ping', true],
    ['tools:call:network_ping', 'tools:call', false],
    ['admin', 'chat', false],
    ['tools:call', 'admin', false],
  ])('%s over %s: %s', (held, wanted, covered) => {
    expect(coversScope(held, wanted)).toBe(covered);
  });
});
