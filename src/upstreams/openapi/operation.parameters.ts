import type { JsonObject, OpenApiDocument, OperationObject, ParameterObject } from './document.types.js';
import { follow, UnusableOperation } from './references.js';

/** Those of the path, and those of the operation instead of them (OpenAPI 3.1, "Operation Object"). */
export function parametersOf(
  document: OpenApiDocument,
  pathItem: JsonObject,
  operation: OperationObject,
): ParameterObject[] {
  const found = new Map<string, ParameterObject>();
  const lists = [pathItem['parameters'] ?? [], operation.parameters ?? []];
  if (!lists.every((list) => Array.isArray(list))) throw new UnusableOperation('Its parameters are no list');
  for (const parameter of lists.flat()) {
    const object = follow(document, parameter) as ParameterObject;
    if (typeof object.name !== 'string' || object.name === '')
      throw new UnusableOperation('A parameter has no name');
    if (!['path', 'query', 'header', 'cookie'].includes(object.in)) {
      throw new UnusableOperation(`Parameter ${object.name} is in ${object.in}`);
    }
    if (object.in === 'header' && !TOKEN.test(object.name))
      throw new UnusableOperation(`Parameter ${object.name} is no name of a header`);
    found.set(`${object.in} ${object.name}`, object);
  }
  return [...found.values()];
}

/** RFC 9110, 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** The path has a place for each of its parameters, and none without one (OpenAPI 3.1, "Path Templating"). */
export function checkPath(path: string, parameters: readonly ParameterObject[]): void {
  if (!path.startsWith('/')) throw new UnusableOperation('The path does not begin with /');
  const places = [...path.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name);
  if (/[{}]/.test(path.replaceAll(/\{[^{}]*\}/g, '')))
    throw new UnusableOperation('The path has a brace without the other one');
  const known = parameters.filter(({ in: location }) => location === 'path').map(({ name }) => name);
  const missing = places.filter((name) => !known.includes(name));
  if (missing.length > 0)
    throw new UnusableOperation(`The path has parameters that are not described: ${missing.join(', ')}`);
  const without = known.filter((name) => !places.includes(name));
  if (without.length > 0)
    throw new UnusableOperation(`The path has no place for its parameters: ${without.join(', ')}`);
}
