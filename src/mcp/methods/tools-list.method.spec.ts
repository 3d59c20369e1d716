import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { callContext } from '../../../test/helpers/application-context.js';
import { OK, ToolCallerHarness } from '../../../test/helpers/tool-caller-harness.js';
import type { Principal, Scope } from '../../core/principal.js';
import { ToolRegistry } from '../../tools/tool.registry.js';
import type { McpCall, RawJson } from '../dispatch/mcp-method.js';
import type { Era } from '../protocol/revisions.js';
import { FIRST_PAGES, ToolsListMethod } from './tools-list.method.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const MIB = 1024 * 1024;

interface Page {
  readonly tools: readonly { readonly name: string; readonly description: string }[];
  readonly nextCursor?: string;
  readonly resultType?: string;
}

const token = (id: string, ...scopes: Scope[]): Principal => ({ id: `oauth:${id}`, kind: 'oauth', scopes });

/** Another choice for each of 256. */
const eightOfSixteen = (choice: number): Scope[] =>
  Array.from({ length: 8 }, (_, at): Scope => `tools:call:subject_${2 * at + ((choice >> at) & 1)}`);

describe(ToolsListMethod.name, () => {
  let sut: ToolCallerHarness;

  beforeEach(async () => {
    sut = await ToolCallerHarness.start();
  });
  afterEach(() => sut.close());

  const register = (name: string, description = 'Under test.'): void =>
    sut.register(() => Promise.resolve(OK), { name, description });
  const answerTo = (principal: Principal, era: Era = 'modern', cursor?: string): RawJson =>
    sut.get(ToolsListMethod).handle({ ...(cursor !== undefined && { cursor }) }, {
      protocol: { era },
      context: callContext({ principal }),
    } as unknown as McpCall) as RawJson;
  const pageFor = (...asked: Parameters<typeof answerTo>): Page =>
    JSON.parse(answerTo(...asked).text) as Page;
  const namesIn = ({ tools }: Page): string[] => tools.map(({ name }) => name);

  it('serialises a list once for all with the same rights, until a tool comes or goes', () => {
    register('subject_a');
    const one = answerTo(token('a', 'tools:call:subject_*'));
    expect(answerTo(token('b', 'tools:call:subject_*'))).toBe(one);
    expect(answerTo(token('b', 'tools:call'))).not.toBe(one);
    register('subject_b');
    expect(namesIn(pageFor(token('a', 'tools:call:subject_*')))).toEqual(['subject_a', 'subject_b']);
    sut.get(ToolRegistry).remark('subject_a', 'It is slow.');
    expect(pageFor(token('a', 'tools:call:subject_*')).tools[0]?.description).toBe('Under test. It is slow.');
    sut.get(ToolRegistry).unregister('subject_a');
    expect(namesIn(pageFor(token('a', 'tools:call:subject_*')))).toEqual(['subject_b']);
  });

  it.each<Era>(['legacy', 'modern'])('gives each principal a cursor of its own: %s', (era) => {
    for (let at = 10; at < 16; at += 1) register(`subject_${at}`, 'd'.repeat(250_000));
    const [one, other] = [token('a', 'tools:call:subject_*'), token('b', 'tools:call:subject_*')];
    const { nextCursor = '', ...first } = pageFor(one, era);
    const { nextCursor: theirs, ...same } = pageFor(other, era);
    expect(first).toEqual(same);
    expect(namesIn(first)).toEqual(['subject_10', 'subject_11', 'subject_12', 'subject_13']);
    expect(namesIn(pageFor(one, era, nextCursor))).toEqual(['subject_14', 'subject_15']);
    expect(namesIn(pageFor(other, era, theirs))).toEqual(['subject_14', 'subject_15']);
    expect(() => pageFor(other, era, nextCursor)).toThrow('cursor');
    expect(pageFor(one, era).resultType).toBe(era === 'modern' ? 'complete' : undefined);
  });

  it.each([
    ['more than one page, to many with the same rights', 200, (): Scope[] => ['tools:call']],
    ['one page, each of other tools', 16, eightOfSixteen],
  ])('does not keep a list without end: %s', (_what, tools, scopesAt) => {
    for (let at = 0; at < tools; at += 1) register(`subject_${at}`, 'd'.repeat(100_000));
    const principals = Array.from({ length: 100 }, (_, at) => token(String(at), ...scopesAt(at)));
    answerTo(token('first', 'tools:call:subject_*'));
    collect();
    const before = process.memoryUsage().heapUsed;
    for (const principal of principals)
      for (const era of ['legacy', 'modern'] as const) answerTo(principal, era);
    collect();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(2 * FIRST_PAGES.bytes + 10 * MIB);
    expect(principals).toHaveLength(100);
  });
});
