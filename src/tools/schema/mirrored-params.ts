import { isObject } from '../../core/is-object.js';
import type { ObjectSchema } from '../tool-definition.js';

/** A parameter that clients mirror into the header `Mcp-Param-{header}`, and where it stands in the arguments. */
export interface MirroredParam {
  readonly header: string;
  readonly path: readonly string[];
}

const KEYWORD = 'x-mcp-header';
// RFC 9110, 5.6.2: 1*tchar.
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const TYPES: ReadonlySet<unknown> = new Set(['integer', 'string', 'boolean']);

/**
 * The parameters that carry `x-mcp-header` (2026-07-28, basic/transports/streamable-http, "Schema Extension").
 *
 * @throws Error for an annotation that breaks the rules of the specification: clients would drop the tool.
 */
export function mirroredParamsOf(schema: ObjectSchema): readonly MirroredParam[] {
  const found: MirroredParam[] = [];
  collect(schema, [], found);
  const names = found.map(({ header }) => header.toLowerCase());
  if (new Set(names).size < names.length) throw new Error(`${KEYWORD}: two parameters share a name`);
  if (countOf(schema) > found.length) {
    throw new Error(`${KEYWORD} stands where no parameter can be reached through "properties" alone`);
  }
  return found;
}

function collect(
  schema: Readonly<Record<string, unknown>>,
  path: readonly string[],
  found: MirroredParam[],
): void {
  const { properties } = schema;
  if (!isObject(properties)) return;
  for (const [name, property] of Object.entries(properties)) {
    if (!isObject(property)) continue;
    const here = [...path, name];
    const header = property[KEYWORD];
    if (header !== undefined) found.push({ header: validName(header, property, here), path: here });
    collect(property, here, found);
  }
}

function validName(
  header: unknown,
  { type }: Readonly<Record<string, unknown>>,
  path: readonly string[],
): string {
  const where = path.join('.');
  if (typeof header !== 'string' || !TOKEN.test(header)) {
    throw new Error(`${KEYWORD} of ${where} is no header name`);
  }
  if (!TYPES.has(type))
    throw new Error(`${KEYWORD} of ${where}: only integer, string and boolean can be mirrored`);
  return header;
}

/** How often the annotation occurs anywhere; a property that merely has this name is none. */
function countOf(value: unknown, isPropertyMap = false): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countOf(item), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, member]) =>
      sum + (!isPropertyMap && key === KEYWORD ? 1 : countOf(member, !isPropertyMap && key === 'properties')),
    0,
  );
}
