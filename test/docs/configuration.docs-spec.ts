import { getMetadataStorage } from 'class-validator';
import { ConfigurationError, loadConfiguration } from '../../src/config/configuration.loader.js';
import { Environment } from '../../src/config/environment.js';
import { codeBlocks, codeWord, readProjectFile, tableWith } from './markdown.js';

type Defaults = Record<string, string>;

/** The variables that the code reads, with their defaults as they would stand in the environment. */
const actual: Defaults = Object.fromEntries(
  Object.entries(new Environment()).map(([name, value]) => [name, String(value)]),
);

describe('docs/configuration.md', () => {
  const page = readProjectFile('docs/configuration.md');
  const { rows } = tableWith(page, 'Variable', 'Default', 'Allowed');

  it('lists every variable with its default, and no other', () => {
    expect(defaultsOf(rows)).toEqual(actual);
  });

  it('lists them in the order of the code', () => {
    expect(rows.map(([variable = '']) => codeWord(variable))).toEqual(Object.keys(actual));
  });

  it('is compared with the bounds and the choices of the code', () => {
    expect(constraintsOf('MCP_PORT')).toEqual(['0', '65535']);
    expect(constraintsOf('NODE_ENV')).toEqual(expect.arrayContaining(['development', 'production']));
  });

  it.each(rows.map(([variable = '', , allowed = '']) => [codeWord(variable), allowed]))(
    '%s: names the bounds and the choices',
    (variable, allowed) => {
      for (const word of constraintsOf(variable)) expect(allowed).toMatch(new RegExp(`\\b${word}\\b`));
    },
  );

  it('shows what an unusable configuration is answered with', () => {
    const blocks = codeBlocks(page);
    const starts = blocks.filter(({ code }) => code.endsWith('node dist/main.js'));
    expect(starts).toHaveLength(3);
    for (const start of starts) {
      const shown = blocks[blocks.indexOf(start) + 1];
      expect(complaintAbout(variablesOf(start.code))).toBe(shown?.code);
    }
  });
});

describe('.env.example', () => {
  it('has every variable with its default, commented out, and no other', () => {
    const lines = readProjectFile('.env.example').split('\n');
    const found = lines.flatMap((line) => {
      const match = /^#?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line);
      return match === null ? [] : [{ line, name: match[1]!, value: match[2]! }];
    });
    expect(found.filter(({ line }) => !line.startsWith('#'))).toEqual([]);
    expect(Object.fromEntries(found.map(({ name, value }) => [name, value]))).toEqual(actual);
  });
});

describe('README.md', () => {
  it("lists the guide's nine variables with their defaults", () => {
    const { rows } = tableWith(readProjectFile('README.md'), 'Variable', 'Default');
    const guide = [
      'MCP_PORT',
      'BIND_IP',
      'MCP_API_KEYS',
      'RATE_LIMIT_WINDOW_MS',
      'RATE_LIMIT_MAX_REQUESTS',
      'LOG_LEVEL',
      'METRICS_ENABLED',
      'CIRCUIT_BREAKER_FAILURE_THRESHOLD',
      'CIRCUIT_BREAKER_RESET_TIMEOUT',
    ];
    expect(defaultsOf(rows)).toEqual(Object.fromEntries(guide.map((name) => [name, actual[name]])));
  });
});

function defaultsOf(rows: readonly (readonly string[])[]): Defaults {
  return Object.fromEntries(
    rows.map(([variable = '', value = '']) => [
      codeWord(variable),
      value === '(empty)' ? '' : codeWord(value),
    ]),
  );
}

/** Bounds of numbers and choices of words, from the decorators of the property. */
function constraintsOf(variable: string): string[] {
  return getMetadataStorage()
    .getTargetValidationMetadatas(Environment, '', false, false)
    .filter(
      ({ propertyName, name }) => propertyName === variable && ['min', 'max', 'isIn'].includes(name ?? ''),
    )
    .flatMap(({ constraints }) => (constraints as unknown[]).flat().map(String));
}

const variablesOf = (command: string): Record<string, string> =>
  Object.fromEntries([...command.matchAll(/([A-Z_]+)=(\S+)/g)].map(([, name, value]) => [name, value]));

function complaintAbout(variables: Record<string, string>): string {
  try {
    loadConfiguration(variables);
    return 'nothing';
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
}
