import type { Alias, Node, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { isObject } from '../../core/is-object.js';
import { isChanged } from '../../core/json/exact-numbers.js';
import { markOf, restored } from '../../core/json/number-marks.js';
import { withMarks } from '../../core/json/own-json.js';
import { UpstreamError } from '../upstream.error.js';
import type { JsonObject, OpenApiDocument } from './document.types.js';
import { upgraded } from './document.upgrader.js';
import type { LeftOutOperation } from './operations.compiler.js';

/** Characters of the longest path. */
export const MAX_PATH = 2048;
/** What schemas say in numbers: those stay as they are written. */
const EXACT_MEMBERS: ReadonlySet<string> = new Set([
  ...['const', 'enum', 'default', 'examples', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  'multipleOf',
]);

export interface LoadedDocument {
  /** As OpenAPI 3.1, whatever it was. */
  readonly document: OpenApiDocument;
  /** What is not right about it, and does not keep its operations from being called. */
  readonly problems: readonly string[];
  /** The operations that could not be read. */
  readonly leftOut: readonly LeftOutOperation[];
}

/**
 * Reads an OpenAPI document (Swagger 2.0, OpenAPI 3.0, 3.1; JSON or YAML). Nothing that it refers to is read.
 *
 * @throws UpstreamError when it is none.
 */
export async function readDocument(bytes: Uint8Array): Promise<LoadedDocument> {
  const parsed = async (): Promise<JsonObject> => {
    // Anew each time: held, the text of a large one would take more memory than what it says.
    const document = await parse(new TextDecoder().decode(bytes));
    nameVersion(document);
    if (isObject(document['paths'])) return document;
    const isOpenApi = ['openapi', 'swagger'].some((member) => typeof document[member] === 'string');
    throw malformed(
      `It is no OpenAPI document: ${isOpenApi ? 'it has no paths' : 'neither swagger nor openapi is there'}`,
    );
  };
  const first = await parsed();
  const problems = withoutLongPaths(first);
  const { document, leftOut, faults } = await upgraded(first, async () => {
    const again = await parsed();
    withoutLongPaths(again);
    return again;
  });
  restored(document, (member) => EXACT_MEMBERS.has(member));
  if (!isDocument(document)) throw malformed('It is no OpenAPI document: its version is not known');
  return { document, problems: [...problems, ...faults], leftOut };
}

/** YAML has `openapi: 3.1` and `swagger: 2.0` for numbers. */
function nameVersion(document: JsonObject): void {
  for (const member of ['openapi', 'swagger']) {
    const version = document[member];
    if (typeof version !== 'number') continue;
    Object.assign(document, { [member]: Number.isInteger(version) ? `${version}.0` : String(version) });
  }
}

/** What the library does with a path takes quadratic time. Takes such paths out, and says so. */
function withoutLongPaths({ paths }: JsonObject): string[] {
  const long = Object.keys(paths as object).filter((path) => path.length > MAX_PATH);
  for (const path of long) delete (paths as Record<string, unknown>)[path];
  return long.length === 0 ? [] : [`${long.length} paths have more than ${MAX_PATH} characters: left out`];
}

async function parse(text: string): Promise<JsonObject> {
  const value = looksLikeJson(text) ? parseJson(text) : await parseYaml(text);
  if (!isObject(value)) throw malformed('The document is no object');
  return value;
}

/** What is no JSON object is taken for YAML. */
export const looksLikeJson = (text: string): boolean => text.trimStart().startsWith('{');

function parseJson(text: string): unknown {
  try {
    return JSON.parse(withMarks(text));
  } catch (error) {
    throw malformed(`The document is no JSON: ${(error as Error).message}`);
  }
}

async function parseYaml(text: string): Promise<unknown> {
  const { isScalar, LineCounter, parseDocument, visit } = await import('yaml');
  const lines = new LineCounter();
  const parsed = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    // What the reader itself does against keys that are there twice takes a time that grows with the square of them,
    uniqueKeys: false,
    // and so do ordered maps of YAML 1.1, for which JSON has no other form.
    resolveKnownTags: false,
  });
  const refused = (problem: string, offset: number): UpstreamError => {
    const { line, col } = lines.linePos(offset);
    return malformed(`The document is no YAML: ${problem} at line ${line}, column ${col}`);
  };
  const [error] = parsed.errors;
  if (error !== undefined) throw refused(error.message.split('\n', 1)[0]!, error.pos[0]);
  const anchored = new Map<string, Node>();
  const note = (node: Scalar | YAMLMap | YAMLSeq): void => {
    if (node.anchor !== undefined) anchored.set(node.anchor, node);
  };
  visit(parsed, {
    Alias: (_place, alias) => resolveTo(alias, anchored.get(alias.source)),
    Seq: (_place, seq) => note(seq),
    Map: (_place, map) => {
      note(map);
      const { items } = map;
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) throw refused('Map keys must be unique', key.range?.[0] ?? 0);
        seen.add(key.value);
      }
    },
    Scalar: (place, scalar) => {
      note(scalar);
      const { value, source } = scalar;
      if (typeof value === 'number' && place !== 'key' && source !== undefined && isChanged(source))
        scalar.value = markOf(source);
    },
  });
  try {
    // Through JSON, because aliases would make one object of several. An excess of them throws.
    return JSON.parse(JSON.stringify(parsed.toJS()));
  } catch (reason) {
    throw malformed(`The document is no YAML: ${(reason as Error).message}`);
  }
}

/** The reader itself looks through all anchors and aliases before an alias. It still counts what comes of it. */
function resolveTo(alias: Alias, target: Node | undefined): void {
  const resolve = alias.resolve.bind(alias);
  alias.resolve = (document, context) => {
    if (context === undefined) return target as ReturnType<typeof resolve>;
    context.aliasResolveCache = target === undefined ? [] : [target];
    return resolve(document, context);
  };
}

const isDocument = (value: unknown): value is OpenApiDocument =>
  isObject(value) && typeof value['openapi'] === 'string' && isObject(value['paths']);

const malformed = (message: string): UpstreamError => new UpstreamError('malformed', message);
