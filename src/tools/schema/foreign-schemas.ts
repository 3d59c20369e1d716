import { Injectable } from '@nestjs/common';
import type { AnySchemaObject } from 'ajv';
import type { ObjectSchema } from '../tool-definition.js';
import { isRawJSON } from '../../core/json/exact-numbers.js';
import { exactOf } from '../../core/json/exact-values.js';
import { dialectOf } from './dialects.js';
import { fits } from './exact-check.js';
import { foreignAjv } from './foreign-ajv.js';
import { HeldChecks } from './held-checks.js';
import { linearPattern } from './linear-pattern.js';
import { IN_PLACE_UNITS, metered, SPENT } from './meter.js';
import { NOTHING_WRONG, problemsOf, type Problems } from './problems.js';
import { type Asking, SchemaChecks, Unchecked } from './schema-checks.service.js';
import type { SchemaCheck } from './schema-compiler.js';
import { survey, type Survey } from './schema-survey.js';
import { SharedAjv } from './shared-ajv.js';
import { assertValidSchema } from './valid-schema.js';

/** Thrown while a schema is compiled that has a pattern which is matched in linear time by nobody. */
const NOT_LINEAR = new Error('The schema has a pattern that no linear program matches');

type ForeignCheck = (value: unknown) => Problems | Promise<Problems>;

/**
 * Compiles the schemas of upstreams, of which nothing is taken on trust: they are bounded, patterns take linear time,
 * and a check that costs more than it may in place is made in a thread of its own. Most are compiled when a value is
 * first held against them: an upstream may have a thousand, of which few are ever used.
 */
@Injectable()
export class ForeignSchemas {
  private readonly linear = new SharedAjv((dialect) =>
    foreignAjv(dialect, (pattern) => {
      const matcher = linearPattern(pattern);
      if (matcher === undefined) throw NOT_LINEAR;
      return matcher;
    }),
  );

  private readonly held = new HeldChecks<ForeignCheck>();

  constructor(private readonly checks: SchemaChecks) {}

  /** @throws Error when the schema is not valid, SchemaTooLarge when it is too large. */
  compile(schema: ObjectSchema, asking: Asking): SchemaCheck {
    const surveyed = survey(schema);
    assertValidSchema(schema);
    const { isCertain, bytes } = surveyed;
    const made = isCertain ? undefined : this.compiled(schema, surveyed, asking);
    const check = this.held.holding(() => this.compiledLate(schema, asking), bytes, made);
    return (value) => check()(value);
  }

  private compiled(
    schema: ObjectSchema,
    { costed, bytes, isSmall, isCosted }: Survey,
    asking: Asking,
  ): ForeignCheck {
    const inPlace = isSmall ? this.compileLinear(costed, bytes) : undefined;
    const elsewhere = this.elsewhere(schema, asking);
    return inPlace === undefined || !isCosted ? elsewhere : (value) => inPlace(value) ?? elsewhere(value);
  }

  private compiledLate(schema: ObjectSchema, asking: Asking): ForeignCheck {
    try {
      // Looked at again, for what was found is larger than the schema.
      return this.compiled(schema, survey(schema), asking);
    } catch (error) {
      return () => Promise.reject(new Unchecked(', for its schema does not compile', { cause: error }));
    }
  }

  /** A check that answers `undefined` when it would cost too much; none for a pattern without a linear program. */
  private compileLinear(
    costed: AnySchemaObject,
    bytes: number,
  ): ((value: unknown) => Problems | undefined) | undefined {
    try {
      const validate = this.linear.compile(costed, bytes);
      return (value) => {
        try {
          return metered(IN_PLACE_UNITS, () => fits(validate, value))
            ? NOTHING_WRONG
            : problemsOf(validate, value);
        } catch (error) {
          // References in a circle, which look at the same value for ever, overflow the stack.
          if (error === SPENT || error instanceof RangeError) return undefined;
          throw error;
        }
      };
    } catch (error) {
      if (error === NOT_LINEAR) return undefined;
      throw error;
    }
  }

  private elsewhere(schema: ObjectSchema, asking: Asking): (value: unknown) => Promise<Problems> {
    const text = JSON.stringify(exactOf(schema));
    const isExactSchema = exactOf(schema) !== schema;
    const fillsDefaults = text.includes('"default":');
    const task = { dialect: dialectOf(schema), schema: text, isExactSchema, fillsDefaults };
    return async (value) => {
      const exact = exactOf(value) ?? null;
      const given = { value: JSON.stringify(exact), isExact: exact !== value || isRawJSON(value) };
      const { problems, filled } = await this.checks.check({ ...task, ...given }, asking);
      if (filled !== undefined && problems.length === 0 && typeof value === 'object' && value !== null)
        Object.assign(value, JSON.parse(filled));
      return problems;
    };
  }
}
