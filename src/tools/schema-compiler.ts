import { Injectable } from '@nestjs/common';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { ObjectSchema } from './tool-definition.js';

/** Checks a value in place (defaults are filled in) and lists what is wrong with it; an empty list means that it fits. */
export type SchemaCheck = (value: unknown) => readonly string[];

/** Compiles JSON Schema 2020-12 once, when a tool is registered. */
@Injectable()
export class SchemaCompiler {
  // `strict: false`: keywords that we do not know are ignored, as JSON Schema demands.
  private readonly ajv = formats.default(
    new Ajv2020({ strict: false, allErrors: false, useDefaults: true, ownProperties: true }),
  );

  /** @throws Error when the schema itself is not valid. */
  compile(schema: ObjectSchema): SchemaCheck {
    const validate: ValidateFunction = this.ajv.compile(schema);
    return (value) => (validate(value) ? NOTHING_WRONG : (validate.errors ?? []).map(describe));
  }
}

const NOTHING_WRONG: readonly string[] = Object.freeze([]);

function describe(error: ErrorObject): string {
  const where = error.instancePath === '' ? 'arguments' : error.instancePath.slice(1).replaceAll('/', '.');
  const extra = Object.values(error.params as Record<string, unknown>)
    .flat()
    .filter((value) => error.keyword !== 'required' && typeof value === 'string')
    .map((value) => JSON.stringify(value));
  const allowed = ['enum', 'const', 'additionalProperties', 'unevaluatedProperties'].includes(error.keyword);
  return `${where} ${error.message ?? 'is not valid'}${allowed && extra.length > 0 ? ` (${extra.join(', ')})` : ''}`;
}
