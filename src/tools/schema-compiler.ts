import { Injectable } from '@nestjs/common';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { ObjectSchema } from './tool-definition.js';

/** Checks a value in place (defaults are filled in) and lists what is wrong with it; an empty list means that it fits. */
export type SchemaCheck = (value: unknown) => readonly string[];

const newAjv = (): Ajv2020 =>
  // Not strict: keywords and formats that we do not know are ignored, as JSON Schema demands, and without a word.
  formats.default(
    new Ajv2020({ strict: false, allErrors: false, useDefaults: true, ownProperties: true, logger: false }),
  );

/** Compiles JSON Schema 2020-12 once, when a tool is registered. */
@Injectable()
export class SchemaCompiler {
  private readonly shared = newAjv();

  /** @throws Error when the schema itself is not valid. */
  compile(schema: ObjectSchema): SchemaCheck {
    // Names are global within one Ajv, and tools of different origin may use the same ones.
    const ajv = JSON.stringify(schema).includes('"$id":') ? newAjv() : this.shared;
    const validate: ValidateFunction = ajv.compile(schema);
    // Ajv would keep every schema that it has ever seen.
    ajv.removeSchema(schema);
    return (value) => (validate(value) ? NOTHING_WRONG : (validate.errors ?? []).map(describe));
  }
}

const NOTHING_WRONG: readonly string[] = Object.freeze([]);

/** Keywords whose parameters say what would have been right. */
const TELLING: ReadonlySet<string> = new Set([
  'enum',
  'const',
  'additionalProperties',
  'unevaluatedProperties',
]);

function describe(error: ErrorObject): string {
  const where = error.instancePath === '' ? 'arguments' : error.instancePath.slice(1).replaceAll('/', '.');
  const what = `${where} ${error.message ?? 'is not valid'}`;
  if (!TELLING.has(error.keyword)) return what;
  const details = Object.values(error.params as Record<string, unknown>)
    .flat()
    .map((value) => JSON.stringify(value));
  return `${what} (${details.join(', ')})`;
}
