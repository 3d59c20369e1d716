import { type ErrorDefinition, ERRORS } from '../../src/core/error-registry.js';
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
    const made = new Set(projectFiles('.ts', 'src').flatMap((file) => codesMadeIn(readProjectFile(file))));
    const reserved = /^Reserved[^:]*: (.*)$/m.exec(page)?.[1] ?? '';
    expect(codeWords(reserved)).toEqual(Object.keys(ERRORS).filter((code) => !made.has(code)));
  });
});

/** Nest throws this one itself, for a route that does not exist. */
const OF_NEST = 'not_found';

/** The words in quotes of every statement that makes an AppError, or chooses the code of one. */
function codesMadeIn(source: string): string[] {
  const statements = source.match(/(?:\bAppError\(|\bcode(?: =|:) )[^;]*/g) ?? [];
  return [OF_NEST, ...statements.join('\n').matchAll(/'(\w+)'/g)].map((found) =>
    typeof found === 'string' ? found : (found[1] ?? ''),
  );
}
