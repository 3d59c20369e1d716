import { encodeQuery, answers, readAnswer, type Query } from './dns-message.js';
import { parseDomainName } from './domain-name.js';

const QUERY: Query = {
  id: 7,
  name: parseDomainName('Host.example'),
  type: 1,
  recurse: true,
  dnssec: false,
  edns: true,
};

/** The same bytes on every run. */
function* randomBytes(): Generator<number, never> {
  for (let seed = 1; ;) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    yield (seed >>> 16) & 0xff;
  }
}

describe(readAnswer.name, () => {
  const question = encodeQuery({ ...QUERY, edns: false });

  it('reads whatever comes, and never fails', () => {
    const random = randomBytes();
    for (let round = 0; round < 2_000; round += 1) {
      const message = Buffer.concat([
        question,
        Buffer.from(Array.from({ length: random.next().value }, () => random.next().value)),
      ]);
      message.writeUInt16BE(0x8180, 2);
      for (const at of [7, 9, 11]) message[at] = random.next().value;
      // Often a type that is known, with a name that points somewhere.
      if (message.length > 50) {
        message.set(
          [0xc0, random.next().value, 0, random.next().value & 0x3f, 0, 1, 0, 0, 0, 0, 0],
          question.length,
        );
      }
      const { records, totals } = readAnswer(message, 5);
      expect(records.answer.length).toBeLessThanOrEqual(Math.min(5, totals.answer));
    }
  });

  it('shows data whose list of types is longer than the list of all types as bytes', () => {
    const windows = Array.from({ length: 256 }, (_, window) => [window, 32, ...Array<number>(32).fill(255)]);
    const data = Buffer.from([0, ...windows.flat()]);
    const record = Buffer.from([0xc0, 12, 0, 47, 0, 1, 0, 0, 0, 1, data.length >> 8, data.length & 255]);
    const message = Buffer.concat([question, record, data]);
    message[7] = 1;
    const [found] = readAnswer(message, 1).records.answer;
    expect(found?.data).toMatch(new RegExp(`^\\\\# ${data.length} 000020FFFF`));
    expect(found?.data.length).toBeLessThanOrEqual(1503);
  });
});

describe(answers.name, () => {
  const answer = (change: (message: Buffer) => unknown): boolean => {
    const message = encodeQuery(QUERY);
    message.writeUInt16BE(0x8180, 2);
    change(message);
    return answers(message, QUERY);
  };

  it('knows an answer, whatever the case of its question', () => {
    expect(answer(() => undefined)).toBe(true);
    expect(answer((message) => message.write('hOST', 13))).toBe(true);
  });

  it.each<[string, (message: Buffer) => unknown]>([
    ['another id', (message) => message.writeUInt16BE(8, 0)],
    ['a question', (message) => message.writeUInt16BE(0x0180, 2)],
    ['another name', (message) => message.write('b', 13)],
    ['another type', (message) => message.writeUInt16BE(28, 26)],
    ['another class', (message) => message.writeUInt16BE(3, 28)],
    ['two questions', (message) => message.writeUInt16BE(2, 4)],
    ['no question, and no error', (message) => message.writeUInt16BE(0, 4)],
    ['a name that points at itself', (message) => message.writeUInt16BE(0xc00c, 12)],
  ])('takes no message with %s for one', (_what, change) => {
    expect(answer(change)).toBe(false);
  });
});
