import { OK, ToolCallerHarness } from '../../../test/helpers/tool-caller-harness.js';
import { leastCpuOf } from '../../../test/helpers/cpu.js';
import type { Principal, Scope } from '../../core/principal.js';
import { ToolRegistry } from '../tool.registry.js';

const TOOLS = 1900;

describe('the tools that a principal may call', () => {
  let sut: ToolCallerHarness;

  beforeEach(async () => {
    sut = await ToolCallerHarness.start();
  });
  afterEach(() => sut.close());

  const register = (name: string): void => sut.register(() => Promise.resolve(OK), { name });
  const namesFor = (principal: Principal): string[] =>
    sut.caller.visibleTo(principal).map(({ definition }) => definition.name);
  const holding = (...scopes: Scope[]): Principal => ({ id: 'oauth:a', kind: 'oauth', scopes });

  it('are those that are there, and no other list for whoever has the same rights', () => {
    const [some, others] = [holding('tools:call:subject_*'), holding('tools:call:other_*')];
    expect(namesFor(some)).toEqual([]);
    register('subject_b');
    register('subject_a');
    register('other_a');
    expect([namesFor(some), namesFor(others)]).toEqual([['subject_a', 'subject_b'], ['other_a']]);
    expect(sut.caller.visibleTo({ ...some, id: 'oauth:b' })).toBe(sut.caller.visibleTo(some));
    sut.get(ToolRegistry).unregister('subject_b');
    expect(namesFor(some)).toEqual(['subject_a']);
    sut.get(ToolRegistry).remark('subject_a', 'It is slow.');
    expect(sut.caller.visibleTo(some)[0]?.definition.description).toBe('Under test. It is slow.');
  });

  it.each<[string, (at: number) => Scope]>([
    ['names', (at) => `tools:call:z${at}`],
    ['globs', (at) => `tools:call:${'*'.repeat(124)}q${at}`],
  ])('cost next to nothing again, though a token has many %s', async (_what, scopeAt) => {
    for (let at = 0; at < TOOLS; at += 1) register(`subject_does_one_thing_of_many_${at}`);
    const principal = holding(...Array.from({ length: 200 }, (_, at) => scopeAt(at)));
    expect(namesFor(principal)).toEqual([]);
    const again = await leastCpuOf(() => {
      for (let time = 0; time < 40; time += 1) sut.caller.visibleTo(principal);
    });
    expect(again).toBeLessThan(100_000);
  });
});
