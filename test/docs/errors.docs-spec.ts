import { type ErrorDefinition, ERRORS } from '../../src/core/errors.js';
import { TOOL_ERRORS } from '../../src/tools/tool-error.js';
import { codeWord, codeWords, projectFiles, readProjectFile, tableWith } from './markdown.js';

describe('docs/errors.md', () => {
  const page = readProjectFile('docs/errors.md');

  it('lists every refusal with its HTTP status and JSON-RPC code, and no other', () => {
    const { rows } = tableWith(page, 'Code', 'HTTP', 'JSON-RPC');
    const documented = rows.map(([code = '', status, rpc]) => ({
      code: codeWord(code),
      status: Number(status),
      rpc: Number(rpc),
    }));
    const defined = Object.entries<ErrorDefinition>(ERRORS);
    expect(documented).toEqual(defined.map(([code, { status, rpc }]) => ({ code, status, rpc })));
  });

  it('lists every tool error with its HTTP status, and no other', () => {
    const { rows } = tableWith(page, 'Code', 'HTTP', 'Meaning');
    const documented = rows.map(([code = '', status]) => [codeWord(code), Number(status)]);
    expect(documented).toEqual(Object.entries(TOOL_ERRORS).map(([code, { status }]) => [code, status]));
  });

  it('calls reserved exactly what the code never makes', () => {
    const sources = projectFiles('.ts', 'src')
      .filter((file) => !file.endsWith('.spec.ts') && file !== 'src/core/errors.ts')
      .map(readProjectFile);
    const isMade = (code: string): boolean =>
      sources.some((source) => source.replace(/^ *\d{3}: '\w+',$/gm, '').includes(`'${code}'`));
    const reserved = /^Reserved[^:]*: (.*)$/m.exec(page)?.[1] ?? '';
    expect(codeWords(reserved)).toEqual(Object.keys(ERRORS).filter((code) => !isMade(code)));
  });
});
