import { createHash } from 'node:crypto';
import { AuditChain, digestOf, GENESIS } from './audit-chain.js';
import { readAuditTail } from './audit-tail.js';

const KEY = 'the-key-0123456789abcdef0123456789abcdef';
const OTHER_KEY = 'other-key-0123456789abcdef0123456789abcd';
const FACTS = '{"action":"request"}';

describe(readAuditTail.name, () => {
  const seal = (count: number, key = KEY): string =>
    new AuditChain(key, { id: 'host-1', seq: 0, head: GENESIS }).seal(
      Array.from({ length: count }, () => FACTS),
    );
  const read = (text: string, keys: readonly string[] = [KEY]) => readAuditTail(Buffer.from(text), keys);
  const lastOf = (text: string): string => digestOf(text.trimEnd().split('\n').at(-1)!);
  /** What a shell makes of the same lines. */
  const asideOf = (...lines: readonly string[]) => {
    const digests = lines.map((line) => `${createHash('sha256').update(line).digest('hex')}\n`).join('');
    return {
      unsealed: lines.length,
      unsealedDigest: `sha256:${createHash('sha256').update(digests).digest('hex')}`,
    };
  };

  it('goes on from a seal at the end', () => {
    const text = seal(3);
    expect(read(text)).toEqual({
      state: { id: 'host-1', seq: 3, head: lastOf(text) },
      isStrange: false,
      aside: undefined,
    });
    expect(read(text, [OTHER_KEY, KEY]).state).toMatchObject({ seq: 3 });
  });

  it('leaves aside what stands behind the last seal, whatever it is', () => {
    const text = seal(3);
    const more = seal(2).split('\n')[0]!;
    expect(read(`${text}${more}\nno record\n\n{"audit":2,"ch`)).toEqual({
      state: { id: 'host-1', seq: 3, head: lastOf(text) },
      isStrange: false,
      aside: asideOf(more, 'no record', '', '{"audit":2,"ch'),
    });
  });

  it('has nothing to go on from where there is no seal', () => {
    expect(read('')).toEqual({ state: undefined, isStrange: false, aside: undefined });
    expect(read('\n')).toEqual({ state: undefined, isStrange: false, aside: asideOf('') });
    expect(read('\na')).toEqual({ state: undefined, isStrange: false, aside: asideOf('', 'a') });
    const [first = ''] = seal(2).split('\n');
    expect(read(`${first}\n`)).toEqual({ state: undefined, isStrange: false, aside: asideOf(first) });
  });

  it.each([
    ['is under another key', seal(2, OTHER_KEY)],
    ['was changed', seal(2).replace('"seq":2', '"seq":3')],
    ['is of the first form', `{"audit":1,"chain":"host-1","seq":1,"prev":"${GENESIS}","mac":"${GENESIS}"}\n`],
    ['is out of reach', '\n'.repeat(4097)],
  ])('does not go on from the seal before, when the last one %s', (_, end) => {
    expect(read(seal(3) + end)).toEqual({ state: undefined, isStrange: true, aside: undefined });
  });
});
