import type { DataValidateFunction, FuncKeywordDefinition } from 'ajv/dist/types/index.js';
import { canonicalJson } from '../../core/json/canonical-json.ts';
import { exactOf } from '../../core/json/exact-values.ts';
import { spend } from './meter.ts';

/** What an item costs, and each character of its canonical form. */
const UNITS_PER_ITEM = 10;
const UNITS_PER_CHARACTER = 1 / 2;

/**
 * `uniqueItems` in time in proportion to the list: Ajv compares each item with each other, member by member. Two items
 * are equal (JSON Schema 2020-12 core, 4.2.2) when their canonical forms are; exact numbers count as they are written.
 */
export const UNIQUE_ITEMS: FuncKeywordDefinition = {
  keyword: 'uniqueItems',
  type: 'array',
  schemaType: 'boolean',
  errors: true,
  compile: (isUnique: boolean) => {
    const check: DataValidateFunction = (items: readonly unknown[]) => {
      if (!isUnique || items.length < 2) return true;
      const seen = new Map<string, number>();
      for (const [index, item] of (exactOf(items) as readonly unknown[]).entries()) {
        const form = canonicalJson(item);
        spend(UNITS_PER_ITEM + form.length * UNITS_PER_CHARACTER);
        const first = seen.get(form);
        if (first !== undefined) {
          const message = `must NOT have duplicate items (items ## ${first} and ${index} are identical)`;
          check.errors = [{ keyword: 'uniqueItems', message, params: { i: index, j: first } }];
          return false;
        }
        seen.set(form, index);
      }
      return true;
    };
    return check;
  },
};
