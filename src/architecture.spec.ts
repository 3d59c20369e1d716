import { fileURLToPath } from 'node:url';
import {
  exportedServices,
  FURTHER_DOORS,
  importsOf,
  problemsWith,
  problemWith,
  readsEnvironment,
  readSources,
  roomOf,
  STEPS,
} from '../test/helpers/import-rules.js';

const SOURCES = readSources(fileURLToPath(new URL('.', import.meta.url)));
const IMPORTS = SOURCES.flatMap(({ path, text }) => importsOf(path, text));
const SERVICES = exportedServices(SOURCES);

/** docs/architecture.md, "Import rules". */
describe('The architecture', () => {
  it('is looked at in full', () => {
    expect(SOURCES.length).toBeGreaterThan(80);
    expect(IMPORTS.length).toBeGreaterThan(200);
    const paths = new Set(SOURCES.map(({ path }) => path));
    expect(IMPORTS.filter(({ to }) => !paths.has(to))).toEqual([]);
  });

  it('has no import that goes the wrong way, through the wrong door, or in a circle', () => {
    expect(problemsWith(IMPORTS, SERVICES)).toEqual([]);
  });

  it('has no rooms but those of the design', () => {
    const rooms = new Set(SOURCES.map(({ path }) => roomOf(path)).filter((room) => room !== undefined));
    expect([...rooms].filter((room) => !STEPS.flat().includes(room))).toEqual([]);
  });

  it('has no further door that nobody uses', () => {
    const entered = new Set(
      IMPORTS.filter(({ from, to }) => roomOf(from) !== roomOf(to)).map(({ to }) => to),
    );
    expect(FURTHER_DOORS.filter((door) => !entered.has(door))).toEqual([]);
  });

  it('reads process.env in config/ alone', () => {
    const readers = SOURCES.filter(({ text }) => readsEnvironment(text)).map(({ path }) => path);
    expect(readers.filter((path) => roomOf(path) !== 'config')).toEqual([]);
    expect(readers).not.toEqual([]);
  });
});

describe(problemWith.name, () => {
  it.each([
    ['tools/a.ts', 'tools/deep/b.ts'],
    ['mcp/a.ts', 'tools/call/tool-caller.service.ts'],
    ['mcp/a.ts', 'tools/tool-error.ts'],
    ['mcp/a.ts', 'storage/pub-sub.port.ts'],
    ['mcp/a.ts', 'core/errors.ts'],
    ['network/a.ts', 'tools/tool.decorator.ts'],
    ['tools/a.ts', 'access/access.module.ts'],
    ['access/a.ts', 'observability/request-context.ts'],
    ['access/a.ts', 'config/configuration.ts'],
    ['config/a.ts', 'core/api-key-digest.ts'],
    ['app.module.ts', 'mcp/mcp.module.ts'],
    ['app.setup.ts', 'http/origin-host.middleware.ts'],
    ['main.ts', 'mcp/transport/stdio.server.ts'],
    ['cli/a.ts', 'audit/verify/audit.verifier.ts'],
    ['access/a.ts', 'resilience/resilience.module.ts'],
    ['main.ts', 'app.setup.ts'],
  ])('lets %s import %s', (from, to) => {
    expect(problemWith({ from, to }, new Set(['tools/call/tool-caller.service.ts']))).toBeUndefined();
  });

  it.each([
    ['a room above', 'tools/a.ts', 'network/network.service.ts'],
    ['a room above, all the way', 'core/a.ts', 'mcp/mcp.service.ts'],
    ['a room above, next door', 'core/a.ts', 'config/configuration.ts'],
    ['a room above, next door', 'mcp/a.ts', 'health/health.module.ts'],
    ['a room on the same step', 'health/a.ts', 'chat/chat.module.ts'],
    ['a room above, next door', 'observability/a.ts', 'audit/audit-trail.port.ts'],
    ['a leaf', 'mcp/a.ts', 'network/network.module.ts'],
    ['a leaf', 'chat/a.ts', 'network/network.module.ts'],
    ['a leaf, even by a shell command', 'cli/a.ts', 'mcp/mcp.module.ts'],
    ['past the door', 'mcp/a.ts', 'tools/call/concurrency.ts'],
    ['a service that is not exported', 'mcp/a.ts', 'tools/hidden.service.ts'],
    ['past the door', 'tools/a.ts', 'access/limits/memory-window.store.ts'],
    ['past the door', 'network/a.ts', 'resilience/circuit-breaker.ts'],
    ['the root', 'core/a.ts', 'main.ts'],
    ['a room that nobody knows', 'mcp/a.ts', 'utils/strings.ts'],
    ['from a room that nobody knows', 'utils/strings.ts', 'core/errors.ts'],
  ])('finds an import of %s: %s of %s', (_what, from, to) => {
    expect(problemWith({ from, to })).toMatch(/^\S/);
  });
});

describe(problemsWith.name, () => {
  it('finds the one planted import among all the real ones', () => {
    const planted = { from: 'core/clock.ts', to: 'mcp/mcp.service.ts' };
    const found = problemsWith([...IMPORTS, planted], SERVICES).filter((problem) =>
      problem.includes('core/clock.ts'),
    );
    expect(found.length).toBeGreaterThan(0);
  });

  it.each([
    ['itself', ['a']],
    ['one another', ['a', 'b']],
    ['one another in a long circle', ['a', 'b', 'c', 'd']],
  ])('finds files that import %s', (_what, names) => {
    const circle = names.map((name, index) => ({
      from: `core/${name}.ts`,
      to: `core/${names[(index + 1) % names.length]}.ts`,
    }));
    expect(problemsWith(circle)).toEqual([expect.stringMatching(/^A circle: core\/a\.ts/)]);
  });

  it('takes two ways to one file for no circle', () => {
    const ways = [
      ['a', 'b'],
      ['a', 'c'],
      ['b', 'd'],
      ['c', 'd'],
    ].map(([from, to]) => ({ from: `core/${from}.ts`, to: `core/${to}.ts` }));
    expect(problemsWith(ways)).toEqual([]);
  });
});

describe(exportedServices.name, () => {
  it('finds the files of what a module exports, in its own room', () => {
    const sources = [
      {
        path: 'tools/tools.module.ts',
        text: '@Module({ providers: [A, B], exports: [A, C] }) export class ToolsModule {}',
      },
      { path: 'tools/deep/a.ts', text: 'export class A {}' },
      { path: 'tools/b.service.ts', text: 'export class B {}' },
      { path: 'tools/c.port.ts', text: "export const C = Symbol('C');" },
      { path: 'mcp/a.ts', text: 'export class A {}' },
    ];
    expect([...exportedServices(sources)]).toEqual(['tools/deep/a.ts', 'tools/c.port.ts']);
  });

  it('finds those of the product', () => {
    expect([...SERVICES]).toEqual(
      expect.arrayContaining(['tools/call/tool-caller.service.ts', 'access/authorization.service.ts']),
    );
  });
});

describe(importsOf.name, () => {
  it('sees every form of import, and nothing else', () => {
    const text = `
      import './side-effect.js';
      import { a } from '../tools/a.js';
      import type { B } from '../../x/b.js';
      import { type C } from './c.js';
      import D, * as E from './deep/d.js';
      export { f } from './f.js';
      export * from './g.js';
      export type { H } from './h.js';
      const i = await import('./i.js');
      import fs from 'node:fs';
      import nest from '@nestjs/common';
      // import { no } from './comment.js';
      const text = "import x from './text.js'";
    `;
    expect(importsOf('mcp/methods/x.ts', text).map(({ to }) => to)).toEqual([
      'mcp/methods/side-effect.ts',
      'mcp/tools/a.ts',
      'x/b.ts',
      'mcp/methods/c.ts',
      'mcp/methods/deep/d.ts',
      'mcp/methods/f.ts',
      'mcp/methods/g.ts',
      'mcp/methods/h.ts',
      'mcp/methods/i.ts',
    ]);
  });
});

describe(readsEnvironment.name, () => {
  it.each([
    'const a = process.env.HOME;',
    "const a = process.env['HOME'];",
    "const a = process['env'];",
    'const { HOME } = process\n  .env;',
    'const a = globalThis.process?.env;',
    "import { env } from 'node:process';",
    "import { argv, env as e } from 'process';",
  ])('sees %s', (text) => {
    expect(readsEnvironment(text)).toBe(true);
  });

  it.each(['const env = {};', 'load({ env });', 'process.exit(1);', "import { argv } from 'node:process';"])(
    'does not mind %s',
    (text) => {
      expect(readsEnvironment(text)).toBe(false);
    },
  );
});

describe('A comment', () => {
  it('has at most 120 characters in a line', () => {
    const long = SOURCES.flatMap(({ path, text }) =>
      text
        .split('\n')
        .map((line, index) => ({ line, at: `${path}:${index + 1}` }))
        .filter(({ line }) => /^\s*(?:\/\/|\/?\*)/.test(line) && line.length > 120)
        .map(({ at }) => at),
    );
    expect(long).toEqual([]);
  });
});
