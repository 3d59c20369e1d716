import { Injectable } from '@nestjs/common';
import type { ValidateFunction } from 'ajv';
import type { ObjectSchema } from '../tool-definition.js';
import { ajvOf } from './dialects.js';
import { NOTHING_WRONG, problemsOf, type Problems } from './problems.js';
import { SharedAjv } from './shared-ajv.js';
import { assertValidSchema } from './valid-schema.js';

/**
 * Checks a value in place (defaults are filled in) and lists what is wrong with it; an empty list means that it fits.
 * A promise comes of a schema of an upstream, where the check would hold up everything else.
 *
 * @throws Unchecked, by the promise
 */
export type SchemaCheck = (value: unknown) => Problems | Promise<Problems>;

/** Compiles our own schemas once, when a value is first held against them: a start has no use for most of them. */
@Injectable()
export class SchemaCompiler {
  private readonly ajv = new SharedAjv((dialect) => ajvOf(dialect, { validateSchema: false }));

  /** @throws Error when the schema itself is not valid. */
  compile(schema: ObjectSchema): (value: unknown) => Problems {
    // With the validators of upstreams' schemas, which are ready by the time that the first of those comes.
    assertValidSchema(schema);
    let validate: ValidateFunction | undefined;
    return (value) => {
      validate ??= this.ajv.compile(schema);
      return validate(value) ? NOTHING_WRONG : problemsOf(validate, value);
    };
  }
}
