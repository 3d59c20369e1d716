import { inOneGo } from '../../core/steps.js';
import type { RegisteredTool } from '../../tools/tool.registry.js';
import { MAX_DESCRIPTION, mostFitting } from './tool-fit.js';

const tool = (name: string, description: string, upstream?: string): RegisteredTool =>
  ({
    definition: { name, description, inputSchema: { type: 'object' }, upstream },
  }) as unknown as RegisteredTool;

const FILLERS = Array.from({ length: 300 }, (_, index) =>
  tool(`crm.record_${String(index).padStart(3, '0')}`, `Reads record ${index} of the archive.`, 'crm'),
);
const chosen = (
  tools: readonly RegisteredTool[],
  question: string,
  max: number,
  preferred: readonly string[] = [],
): string[] =>
  inOneGo(mostFitting(tools, question, max, (name) => preferred.includes(name))).map(
    ({ definition: { name } }) => name,
  );

describe(mostFitting.name, () => {
  it.each([
    ['its name', 'Please create an issue', 'github.create_issue'],
    ['its name in humps', 'list pull requests', 'github.listPullRequests'],
    ['its description', 'Which invoices are overdue?', 'bills.find'],
    ['one of many', 'How many boxes are in the warehouse?', 'stock.count'],
    ['a language without blanks', '天気を教えて', 'weather.now'],
    ['another alphabet', 'Какая погода завтра?', 'weather.ru'],
  ])('finds a tool by %s', (_by, question, expected) => {
    const tools = [
      ...FILLERS,
      tool('github.create_issue', 'Opens one.', 'github'),
      tool('github.listPullRequests', 'Shows them.', 'github'),
      tool('bills.find', 'Finds an invoice by its state.', 'bills'),
      tool('stock.count', 'Counts what a warehouse has.', 'stock'),
      tool('weather.now', '現在の天気', 'weather'),
      tool('weather.ru', 'Погода сегодня.', 'weather'),
    ];
    expect(chosen(tools, question, 3)).toContain(expected);
  });

  it('counts a word more that few tools have', () => {
    const tools = [...FILLERS, tool('a.report', 'Reads the ledger.', 'a')];
    expect(chosen(tools, 'Read the record of the ledger in the archive', 1)).toEqual(['a.report']);
  });

  it('gives the same tools for the same question, in the order in which they are', () => {
    const tools = [...FILLERS, tool('zoo.feed', 'Feeds the animals.', 'zoo')];
    const first = chosen(tools, 'Feed the animals', 10);
    expect(first).toEqual(chosen(tools, 'Feed the animals', 10));
    expect(first).toEqual([...FILLERS.slice(0, 9).map(({ definition: { name } }) => name), 'zoo.feed']);
  });

  it('prefers our own where all fit alike, and the preferred whatever fits', () => {
    const tools = [...FILLERS, tool('network_ping', 'Pings.')];
    expect(chosen(tools, 'xyzzy', 1)).toEqual(['network_ping']);
    expect(chosen(tools, 'Ping', 1, ['crm.record_250'])).toEqual(['crm.record_250']);
  });

  it('looks at no more of a description, and of a question, than it may', () => {
    const late = tool('a.late', `${'x '.repeat(MAX_DESCRIPTION / 2)}ledger`, 'a');
    expect(chosen([...FILLERS, late], 'ledger', 1)).toEqual(['crm.record_000']);
    const question = `${Array.from({ length: 80 }, (_, index) => `word${index}x`).join(' ')} ledger`;
    expect(chosen([...FILLERS, tool('a.ledger', '', 'a')], question, 1)).toEqual(['crm.record_000']);
  });

  it('takes a step for each tool, so that nobody waits for many', () => {
    const many = Array.from({ length: 20 }, () => FILLERS).flat();
    const steps = [...mostFitting(many, 'Reads the archive', 128, () => false)];
    expect(steps.length).toBeGreaterThan(many.length);
  });
});
