import { createHash, createHmac } from 'node:crypto';
import { AuditChain, digestOf, GENESIS } from './audit-chain.js';
import { isFirstForm, isSealed, readAuditLine } from './audit-line.js';

const KEY = 'the-key-0123456789abcdef0123456789abcdef';
const OTHER_KEY = 'other-key-0123456789abcdef0123456789abcd';

describe(AuditChain.name, () => {
  const facts = (text: string): string => JSON.stringify({ action: text, outcome: 'ok' });
  let sut: AuditChain;

  beforeEach(() => {
    sut = new AuditChain(KEY, { id: 'host-1', seq: 0, head: GENESIS });
  });

  const read = (line: string) => readAuditLine(Buffer.from(line))!;

  it('ties each record to the line before it, and seals the last one of a batch', () => {
    const lines = [
      ...sut
        .seal([facts('a'), facts('é\n"'), facts('c')])
        .split('\n')
        .slice(0, -1),
    ];
    lines.push(
      ...sut
        .seal([facts('d')])
        .split('\n')
        .slice(0, -1),
    );
    let prev = GENESIS;
    for (const [index, line] of lines.entries()) {
      expect(read(line)).toMatchObject({ chain: 'host-1', seq: index + 1, prev, digest: digestOf(line) });
      prev = createHash('sha256').update(line).digest('hex');
    }
    expect(lines.map((line) => read(line).facts['action'])).toEqual(['a', 'é\n"', 'c', 'd']);
    expect(lines.map((line) => read(line).seal !== undefined)).toEqual([false, false, true, true]);
    expect(sut).toMatchObject({ seq: 4, head: prev });
  });

  it('seals what stands before the seal, the name of the key among it', () => {
    const line = sut.seal([facts('a')]).trimEnd();
    const [body = '', rest] = line.split(',"seal":');
    expect(rest).toBe(`"${createHmac('sha256', KEY).update(body).digest('hex')}"}`);
    expect(body).toMatch(/,"prev":"0{64}","key":"[\da-f]{8}"$/);
    expect(isSealed(read(line), [OTHER_KEY, KEY])).toBe(true);
    expect(isSealed(read(line), [OTHER_KEY])).toBe(false);
  });

  it('names each key in another way, and always the same one', () => {
    const idUnder = (key: string): unknown =>
      read(new AuditChain(key, sut).seal([facts('a')]).trimEnd()).seal?.keyId;
    expect(idUnder(KEY)).toBe(idUnder(KEY));
    expect(idUnder(KEY)).not.toBe(idUnder(OTHER_KEY));
  });

  it('has no lines for no records', () => {
    expect(sut.seal([])).toBe('');
    expect(sut).toMatchObject({ seq: 0, head: GENESIS });
  });
});

describe(readAuditLine.name, () => {
  const line = new AuditChain(KEY, { id: 'host-1', seq: 0, head: GENESIS }).seal(['{"a":1}']).trimEnd();

  it.each([
    ['', 'nothing'],
    ['{}', 'another object'],
    [line.slice(0, -1), 'half a record'],
    [`${line} `, 'more than a record'],
    [line.replace('"audit":2', '"audit":3'), 'another form'],
    [line.replace('"key":', '"kay":'), 'a seal without a key'],
    [line.replace('{"audit":2,', '{"audit":2,,'), 'no JSON'],
  ])('answers undefined for %j: %s', (text) => {
    expect(readAuditLine(Buffer.from(text))).toBeUndefined();
  });

  it('tells the first form by its number', () => {
    expect(
      ['{"audit":1,"chain"', '{"audit":2,"chain"', '{"audit":1', ''].map((text) =>
        isFirstForm(Buffer.from(text)),
      ),
    ).toEqual([true, false, false, false]);
  });
});
