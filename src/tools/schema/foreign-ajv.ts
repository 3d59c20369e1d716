import type { Ajv } from 'ajv';
import type { RegExpEngine } from 'ajv/dist/types/index.js';
import { keepFewFaults } from './alternatives.ts';
import { ajvOf, type Dialect } from './dialects.ts';
import { EXACT_KEYWORDS } from './exact-keywords.ts';
import type { Matcher } from './linear-pattern.ts';
import { METERING } from './metering.ts';
import { UNIQUE_ITEMS } from './unique-items.ts';

/**
 * An Ajv for schemas of others: patterns and `uniqueItems` take linear time, every part of a schema says what it costs,
 * no more faults are kept than are told, numbers are compared as they are written, and the code is made once for each
 * definition and is not polished, which takes longer than all the rest.
 *
 * @param matcherOf what holds a text against a pattern
 */
export function foreignAjv(dialect: Dialect, matcherOf: (pattern: string) => Matcher): Ajv {
  const engine = ((pattern: string) => {
    const matcher = matcherOf(pattern);
    // Ajv tells what checks one pattern from what checks another by this text, in all schemas that it compiles.
    return { test: (text: string) => matcher.test(text), toString: () => pattern };
  }) as unknown as RegExpEngine;
  engine.code = 'linearPattern';
  const ajv = ajvOf(dialect, {
    inlineRefs: false,
    validateSchema: false,
    // A number beyond the doubles is one, and stands there as infinite.
    strictNumbers: false,
    code: { optimize: false, regExp: engine },
    // Else a check holds the Ajv that has made it, and so all that it has ever seen.
    passContext: true,
  });
  keepFewFaults(ajv);
  for (const definition of [UNIQUE_ITEMS, ...EXACT_KEYWORDS]) {
    ajv.removeKeyword(definition.keyword as string);
    ajv.addKeyword(definition);
  }
  for (const keyword of METERING) ajv.addKeyword(keyword);
  return ajv;
}
