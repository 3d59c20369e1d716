import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';

/** One file of src/ imports another; both paths are relative to src/. */
export interface Import {
  readonly from: string;
  readonly to: string;
}

/**
 * The rooms, from the roof down to the ground: a room may import from any later step, and from no other room on its
 * own. docs/architecture.md draws them.
 */
export const STEPS: readonly (readonly string[])[] = [
  ['cli'],
  ['chat', 'rest', 'health'],
  ['mcp'],
  ['upstreams'],
  ['network'],
  ['tools'],
  ['policy'],
  ['access'],
  ['resilience'],
  ['http'],
  ['audit'],
  ['storage'],
  ['observability'],
  ['config'],
  ['core'],
];

/** Rooms that the files directly in src/ alone know. */
const LEAVES: ReadonlySet<string> = new Set(['network', 'upstreams', 'mcp', 'chat', 'rest', 'health', 'cli']);

/** Whole rooms that are a vocabulary: plain types and functions, with nothing to wire. */
const OPEN_ROOMS: ReadonlySet<string> = new Set(['core', 'config']);
/** By its name a file may be the door of its room. */
const DOOR = /\.(module|port|decorator)\.ts$/;
/**
 * Other doors: types and functions that go with what the room exports, with the reason why a service cannot stand for
 * them. Each must be in use.
 */
export const FURTHER_DOORS: readonly string[] = [
  // Plain functions over a request, from before and after dependency injection is there.
  'access/request-principal.ts',
  'http/body.reader.ts',
  'http/entity-tag.ts',
  'http/event-stream.ts',
  'http/parser.callbacks.ts',
  'http/response.writer.ts',
  'observability/request-context.ts',
  // Plain functions over a request that Node sends and its answer, whoever makes it.
  'resilience/http/gathered-pieces.ts',
  'resilience/http/interim-answers.ts',
  // Written into the list of providers of a module, where nothing can be injected.
  'observability/metric.providers.ts',
  // The error of a store, told apart by `instanceof`.
  'storage/storage-failure.ts',
  // What the author of a tool writes: its types, its error.
  'tools/tool-definition.ts',
  'tools/tool-error.ts',
];

/** The room that a file belongs to; `undefined` for a file that stands directly in src/. */
export const roomOf = (file: string): string | undefined =>
  file.includes('/') ? file.slice(0, file.indexOf('/')) : undefined;

const stepOf = (room: string): number => STEPS.findIndex((rooms) => rooms.includes(room));

/**
 * What is wrong with one import, or `undefined`.
 *
 * @param services the files with what the modules export: see {@link exportedServices}
 */
export function problemWith(
  { from, to }: Import,
  services: ReadonlySet<string> = new Set(),
): string | undefined {
  const [room, other] = [roomOf(from), roomOf(to)];
  if (room === other) return undefined;
  for (const name of [room, other]) {
    if (name !== undefined && stepOf(name) === -1) return `${name} is no room of the house`;
  }
  if (other === undefined) return `${from} imports ${to}: no room knows the root`;
  // What stands directly in src/ puts the rooms together for a server, cli/ for a shell: they may look into each.
  if (room === undefined) return undefined;
  if (LEAVES.has(other)) return `${from} imports ${to}: only what stands directly in src/ may`;
  if (stepOf(room) >= stepOf(other)) return `${from} imports ${to}: ${room} is not above ${other}`;
  if (room === 'cli') return undefined;
  const isDoor = OPEN_ROOMS.has(other) || DOOR.test(to) || services.has(to) || FURTHER_DOORS.includes(to);
  return isDoor ? undefined : `${from} imports ${to}: that is no door of ${other}`;
}

/** Everything that is wrong with a set of imports, one sentence each. */
export function problemsWith(imports: readonly Import[], services?: ReadonlySet<string>): string[] {
  const single = imports.map((one) => problemWith(one, services)).filter((problem) => problem !== undefined);
  return [...single, ...cycles(imports)];
}

/** Files that import each other in a circle, one sentence for each circle that a search in depth meets. */
function cycles(imports: readonly Import[]): string[] {
  const next = Map.groupBy(imports, ({ from }) => from);
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at !== -1) {
      found.push(`A circle: ${[...path.slice(at), file].join(' -> ')}`);
      return;
    }
    if (done.has(file)) return;
    for (const { to } of next.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  return found;
}

/** The relative imports of a source text: static, dynamic, re-exports and types alike. */
export function importsOf(file: string, text: string): Import[] {
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => ({
      from: file,
      to: posix.join(posix.dirname(file), fileName).replace(/\.js$/, '.ts'),
    }));
}

const ENVIRONMENT =
  /\bprocess\s*(?:\?\.|\.)?\s*(?:\[\s*['"]env['"]\s*\]|\benv\b)|\benv\b[^;]*\bfrom\s*['"](?:node:)?process['"]/;

/** Whether a source text reads the environment of the process. */
export const readsEnvironment = (text: string): boolean => ENVIRONMENT.test(text);

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** The files that define what the modules of their own room export: the registries and services that others may use. */
export function exportedServices(sources: readonly SourceFile[]): Set<string> {
  const exported = new Set(
    sources
      .filter(({ path }) => path.endsWith('.module.ts'))
      .flatMap(({ path, text }) => moduleExports(path, text).map((name) => `${roomOf(path)}:${name}`)),
  );
  const files = sources.filter(({ path, text }) =>
    [...text.matchAll(/^export (?:abstract )?(?:class|const) (\w+)/gm)].some(([, name]) =>
      exported.has(`${roomOf(path)}:${name}`),
    ),
  );
  return new Set(files.map(({ path }) => path));
}

/** The identifiers in every `exports: [...]` of a module file. */
function moduleExports(path: string, text: string): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (
      ts.isPropertyAssignment(node) &&
      node.name.getText() === 'exports' &&
      ts.isArrayLiteralExpression(node.initializer)
    ) {
      names.push(...node.initializer.elements.filter(ts.isIdentifier).map(({ text: name }) => name));
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return names;
}

/** The product's own sources, without specs. */
export const readSources = (root: string, extension = '.ts'): SourceFile[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith(extension) && !path.endsWith('.spec.ts'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
