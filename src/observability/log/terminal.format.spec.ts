import { forTerminal } from './terminal.format.js';

const line = (fields: object): string =>
  `${JSON.stringify({ timestamp: '2026-11-22T16:04:11.782Z', level: 'INFO', ...fields })}\n`;

describe(forTerminal.name, () => {
  it('puts time, level and message first, and the rest behind', () => {
    expect(forTerminal(line({ message: 'Request completed', method: 'tools/call', status: 200 }))).toMatch(
      /^\[\d\d:\d\d:11\] INFO: Request completed \{"method":"tools\/call","status":200\}\n$/,
    );
  });

  it('colours what deserves a look', () => {
    expect(forTerminal(line({ level: 'WARN', message: 'Careful' }))).toContain(
      '\u001b[33mWARN\u001b[39m: Careful',
    );
  });

  it('shows an error with its stack', () => {
    const err = { type: 'Error', message: 'boom', stack: 'Error: boom\n    at here' };
    expect(forTerminal(line({ level: 'ERROR', message: 'Bad', err }))).toMatch(
      /Bad *\n[^]*Error: boom\n[^]*at here/,
    );
  });

  it.each(['\u001b[2J', '\u0007', '\u009b31m', '\u202e', '\r'])('does not let %j through', (text) => {
    const shown = forTerminal(line({ message: `a${text}b`, line: text, [text]: 1 }));
    expect(shown).not.toContain(text);
  });

  it('shows what is no line of ours as it is, but for what steers', () => {
    expect(forTerminal('not \u001b json\n')).toBe('not \\u001b json\n');
  });
});
