import { isObject } from '../../core/is-object.js';
import { cut } from '../../core/quote.js';
import { UpstreamError } from '../upstream.error.js';
import type { JsonObject } from './document.types.js';
import { noteListFormats } from './list-formats.js';
import type { LeftOutOperation } from './operations.compiler.js';

export interface Upgraded {
  readonly document: unknown;
  readonly leftOut: readonly LeftOutOperation[];
  /** Parts that operations may refer to and that had to be taken out. */
  readonly faults: readonly string[];
}

type Upgrade = (document: JsonObject) => unknown;

/** Characters of what is told of one fault. */
const MAX_SHOWN = 200;
const MAX_MESSAGE = 300;
/** Faults that are told. */
const MAX_FAULTS = 20;
/** Where parts stand that operations refer to, in OpenAPI 3 and in Swagger 2.0. */
const SECTIONS = ['definitions', 'parameters', 'responses', 'securityDefinitions'];
/** What the upgrade of a part asks of the document around it; the rest of that may be long. */
const HEAD: ReadonlySet<string> = new Set(['swagger', 'openapi', 'consumes', 'produces']);

/**
 * A document as OpenAPI 3.1. What its upgrade breaks at is found part by part, and taken out alone.
 *
 * @param again parses the document once more: an upgrade that has failed leaves half of one behind.
 * @throws UpstreamError when it breaks at the whole of it.
 */
export async function upgraded(document: JsonObject, again: () => Promise<JsonObject>): Promise<Upgraded> {
  // It takes a while to load, which a server without such upstreams does not spend.
  const { upgrade } = await import('@scalar/openapi-upgrader');
  const upgradeAll: Upgrade = (value) => {
    noteListFormats(value);
    return upgrade(withoutNothings(value), '3.1');
  };
  try {
    return { document: upgradeAll(document), leftOut: [], faults: [] };
  } catch {
    const sound = await again();
    const found = takeOutFaults(sound, upgradeAll);
    try {
      return { document: upgradeAll(sound), ...found };
    } catch (error) {
      throw new UpstreamError('malformed', `The document is malformed: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}

/** What a path has besides its methods, and what answers are like, need not be said: nothing is as good as absent. */
function withoutNothings(document: JsonObject): JsonObject {
  for (const item of membersOf(document['paths'])) {
    if (isObject(item))
      for (const [name, member] of Object.entries(item))
        if (member === null) delete (item as Record<string, unknown>)[name];
    for (const operation of membersOf(item)) {
      if (!isObject(operation) || !('responses' in operation)) continue;
      const described = Object.entries(operation['responses'] ?? {}).filter(
        ([, response]) => response !== null,
      );
      Object.assign(operation, { responses: Object.fromEntries(described) });
    }
  }
  return document;
}

const membersOf = (value: unknown): unknown[] => (isObject(value) ? Object.values(value) : []);

function takeOutFaults(document: JsonObject, upgrade: Upgrade): Pick<Upgraded, 'leftOut' | 'faults'> {
  const { paths, components } = document;
  const head = Object.fromEntries(Object.entries(document).filter(([member]) => HEAD.has(member)));
  const failureOf = (part: JsonObject): string | undefined => {
    try {
      upgrade(structuredClone({ ...head, paths: {}, ...part }));
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  };

  const leftOut: LeftOutOperation[] = [];
  for (const [path, item] of Object.entries(paths as JsonObject)) {
    if (failureOf({ paths: { [path]: item } }) === undefined) continue;
    // One method after the other, and what of the path is none.
    for (const [member, value] of Object.entries(isObject(item) ? item : {})) {
      const failure = failureOf({ paths: { [path]: { [member]: value } } });
      if (failure === undefined) continue;
      delete (item as Record<string, unknown>)[member];
      leftOut.push({
        operation: cut(`${member.toUpperCase()} ${path}`, MAX_SHOWN),
        reason: `It is malformed: ${failure}`,
      });
    }
    const failure = failureOf({ paths: { [path]: item } });
    if (failure === undefined) continue;
    delete (paths as Record<string, unknown>)[path];
    leftOut.push({ operation: path, reason: `It is malformed: ${failure}` });
  }

  const faults: string[] = [];
  const inComponents = Object.entries(isObject(components) ? components : {}).map(
    ([section, parts]) =>
      [section, parts, (part: JsonObject) => ({ components: { [section]: part } })] as const,
  );
  const atRoot = SECTIONS.map(
    (section) => [section, document[section], (part: JsonObject) => ({ [section]: part })] as const,
  );
  for (const [section, parts, placed] of [...inComponents, ...atRoot]) {
    if (!isObject(parts)) continue;
    for (const [name, part] of Object.entries(parts)) {
      const failure = failureOf(placed({ [name]: part }));
      if (failure === undefined) continue;
      delete (parts as Record<string, unknown>)[name];
      if (faults.length < MAX_FAULTS)
        faults.push(cut(`${section} ${name} is malformed: ${failure}`, MAX_MESSAGE));
    }
  }
  return { leftOut, faults };
}

const messageOf = (error: unknown): string =>
  cut(error instanceof Error ? error.message : String(error), MAX_MESSAGE);
