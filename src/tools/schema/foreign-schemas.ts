import { Injectable } from '@nestjs/common';
import type { AnySchemaObject } from 'ajv';
import type { ObjectSchema } from '../tool-definition.js';
import { exactOf } from '../../core/json/exact-values.js';
import { ajvOf, dialectOf } from './dialects.js';
import { foreignAjv, NOT_LINEAR } from './foreign-ajv.js';
import { IN_PLACE_UNITS, metered, SPENT } from './meter.js';
import { NOTHING_WRONG, problemsOf, type Problems } from './problems.js';
import { type Asking, SchemaChecks } from './schema-checks.service.js';
import type { SchemaCheck } from './schema-compiler.js';
import { survey } from './schema-survey.js';
import { SharedAjv } from './shared-ajv.js';

type ForeignCheck = (value: unknown) => Promise<Problems>;

/**
 * Compiles the schemas of upstreams, of which nothing is taken on trust: they are bounded, patterns take linear time,
 * and a check that costs more than it may in place is made in a thread of its own.
 */
@Injectable()
export class ForeignSchemas {
  private readonly validators = new SharedAjv((dialect) => ajvOf(dialect));
  private readonly linear = new SharedAjv((dialect) =>
    foreignAjv(dialect, () => {
      throw NOT_LINEAR;
    }),
  );

  constructor(private readonly checks: SchemaChecks) {}

  /** @throws Error when the schema is not valid, SchemaTooLarge when it is too large. */
  compile(schema: ObjectSchema, asking: Asking): SchemaCheck {
    const { costed, isSmall, isCosted } = survey(schema);
    this.assertValid(schema);
    // A small one is compiled even if it is not used: it may have faults that only that shows.
    const inPlace = isSmall ? this.compileLinear(costed) : undefined;
    const elsewhere = this.elsewhere(schema, asking);
    return inPlace === undefined || !isCosted ? elsewhere : (value) => inPlace(value) ?? elsewhere(value);
  }

  /** A check that answers `undefined` when it would cost too much; none for a pattern without a linear program. */
  private compileLinear(costed: AnySchemaObject): ((value: unknown) => Problems | undefined) | undefined {
    try {
      const validate = this.linear.compile(costed);
      return (value) => {
        try {
          return metered(IN_PLACE_UNITS, () => validate(value))
            ? NOTHING_WRONG
            : problemsOf(validate.errors, value);
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

  private elsewhere(schema: ObjectSchema, asking: Asking): ForeignCheck {
    const text = JSON.stringify(schema);
    const task = { dialect: dialectOf(schema), schema: text, fillsDefaults: text.includes('"default":') };
    return async (value) => {
      const exact = exactOf(value) ?? null;
      const given = { value: JSON.stringify(exact), isExact: exact !== value };
      const { problems, filled } = await this.checks.check({ ...task, ...given }, asking);
      if (filled !== undefined && problems.length === 0) Object.assign(value as object, JSON.parse(filled));
      return problems;
    };
  }

  /** By the schema of its dialect, which takes a while to compile: one Ajv does it for all. */
  private assertValid(schema: ObjectSchema): void {
    const ajv = this.validators.of(dialectOf(schema));
    if (ajv.validateSchema(schema) !== true) throw new Error(`schema is invalid: ${ajv.errorsText()}`);
  }
}
