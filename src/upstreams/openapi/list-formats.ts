import { isObject } from '../../core/is-object.js';
import { cut } from '../../core/quote.js';
import type { JsonObject } from './document.types.js';
import { UnusableOperation } from './references.js';

/** Where the format of a list stands that OpenAPI 3 has no style for: in its parameter, or in its member of a form. */
export const LIST_FORMAT = 'x-collectionFormat';

/** What stands between the items (Swagger 2.0, "Parameter Object", `collectionFormat`). */
const SEPARATORS: ReadonlyMap<unknown, string> = new Map([
  ['csv', ','],
  ['ssv', ' '],
  ['tsv', '\t'],
  ['pipes', '|'],
]);
/** Those that have a style in OpenAPI 3, by where the parameter is; without a format a list is `csv`. */
const STYLED: Readonly<Record<string, readonly unknown[]>> = {
  query: ['csv', 'ssv', 'pipes', 'multi'],
  formData: ['multi'],
  path: ['csv', 'multi'],
  header: ['csv', 'multi'],
};

/** Notes the formats of the lists of a Swagger 2.0 document, which its upgrade would lose, in place. */
export function noteListFormats(document: JsonObject): void {
  if (document['swagger'] === undefined) return;
  note(document['parameters']);
  for (const item of membersOf(document['paths'])) {
    note((item as JsonObject | null)?.['parameters']);
    for (const operation of membersOf(item)) note((operation as JsonObject | null)?.['parameters']);
  }
}

function note(parameters: unknown): void {
  for (const parameter of Array.isArray(parameters) ? (parameters as unknown[]) : membersOf(parameters)) {
    if (!isObject(parameter) || parameter['type'] !== 'array') continue;
    const { in: location, collectionFormat = 'csv' } = parameter;
    if (STYLED[String(location)]?.includes(collectionFormat) !== false) continue;
    Object.assign(parameter, { [LIST_FORMAT]: collectionFormat });
  }
}

const membersOf = (value: unknown): unknown[] => (isObject(value) ? Object.values(value) : []);

/** @throws UnusableOperation for a format that is none. */
export function separatorOf(name: string, described: unknown): string | undefined {
  const format = isObject(described) ? described[LIST_FORMAT] : undefined;
  if (format === undefined) return undefined;
  const separator = SEPARATORS.get(format);
  if (separator === undefined)
    throw new UnusableOperation(
      `The format of the list ${name} is not known: ${cut(JSON.stringify(format), 50)}`,
    );
  return separator;
}
