import { z } from 'zod';
import type { PageOptions } from './host/table-reading.js';

export const MAX_LIMIT = 2000;

/** @param usual - as many as make an answer of less than 8,000 bytes: whoever wants more asks for it. */
export const limitSchema = (what: string, usual: number) =>
  z.int().min(1).max(MAX_LIMIT).default(usual).describe(`Most ${what} to list.`);

/** Of a resource, which cannot be asked for its next part. */
export const RESOURCE_LIMIT = 1000;
/** Of lists of which an agent rarely needs more than the beginning. */
export const SHORT_LIMIT = 40;
/** The same as `OFFSET_SCHEMA`, in fewer words. */
export const SHORT_OFFSET_SCHEMA = z
  .int()
  .min(0)
  .max(0xffffffff)
  .default(0)
  .describe('How many to leave out first: nextOffset of the answer before.');

export const OFFSET_SCHEMA = z
  .int()
  .min(0)
  .max(0xffffffff)
  .default(0)
  .describe(
    'How many of the list to leave out at its beginning: nextOffset of the answer before. What has come or gone since ' +
      'then moves the rest.',
  );

export const NEXT_OFFSET_SCHEMA = z
  .int()
  .nullable()
  .describe('The offset that goes on where this list is cut; null when it is not.');

/** @param list - the member that is empty then. */
export const fieldsSchema = <const F extends readonly [string, ...string[]]>(fields: F, list: string) =>
  z
    .array(z.enum(fields))
    .min(1)
    .max(fields.length)
    .optional()
    .describe(`Only these members of each entry, as "rows" without names; "${list}" is empty then.`);

export const ROWS_SCHEMA = z
  .array(z.array(z.unknown().describe('The value; null for a member that the entry does not have.')))
  .optional()
  .describe('Only when fields were asked for: of each entry their values, in the order of "fields".');

export const FIELDS_ECHO_SCHEMA = z
  .array(z.string())
  .optional()
  .describe('Only when fields were asked for: what stands in the columns of "rows".');

export interface Paging {
  readonly truncated: boolean;
  readonly nextOffset: number | null;
}

/** How a part of a list stands in the whole. */
export function pagingOf({ offset }: PageOptions, listed: number, total: number): Paging {
  const end = offset + listed;
  const truncated = end < total && listed > 0;
  return { truncated: end < total, nextOffset: truncated ? end : null };
}

/** The sentence about what is not listed; `null` when nothing is. */
export function pagingLine(
  { offset }: PageOptions,
  listed: number,
  total: number,
  what: string,
): string | null {
  if (listed === total) return null;
  if (listed === 0) return `None of ${total} ${what} from offset ${offset} on.`;
  const end = offset + listed;
  const range =
    offset === 0 ? `${listed} of ${total} ${what}` : `${what} ${offset + 1} to ${end} of ${total}`;
  return end < total ? `${range}; go on with offset ${end}, or filter.` : `${range}.`;
}

/** The values of those members, for each entry. */
export function rowsOf(entries: readonly object[], fields: readonly string[]): unknown[][] {
  return entries.map((entry) => fields.map((field) => (entry as Record<string, unknown>)[field] ?? null));
}

/** A row as text. */
export const cellsOf = (row: readonly unknown[]): string[] =>
  row.map((value) => (value === null ? '-' : typeof value === 'string' ? value : JSON.stringify(value)));
