import { Injectable } from '@nestjs/common';
import { Ajv } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020, type ErrorObject, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { cut, quote } from '../../core/quote.js';
import type { ObjectSchema } from '../tool-definition.js';

/**
 * Checks a value in place (defaults are filled in) and lists what is wrong with it; an empty list means that it fits.
 */
export type SchemaCheck = (value: unknown) => readonly string[];

// Not strict: keywords and formats that we do not know are ignored, as JSON Schema demands, and without a word.
const OPTIONS: Options = {
  strict: false,
  allErrors: false,
  useDefaults: true,
  ownProperties: true,
  logger: false,
};

/** Dialects by what stands in `$schema`. Draft 7 is what many servers of other makes speak. */
const DIALECTS = {
  '2020-12': () => formats.default(new Ajv2020(OPTIONS)),
  '2019-09': () => formats.default(new Ajv2019(OPTIONS)),
  'draft-07': () => formats.default(new Ajv(OPTIONS)),
} as const;
type Dialect = keyof typeof DIALECTS;

/** MCP 2026-07-28, basic/index, "JSON Schema Usage": 2020-12 unless `$schema` says otherwise. */
function dialectOf({ $schema }: ObjectSchema): Dialect {
  if ($schema === undefined) return '2020-12';
  const dialect = (Object.keys(DIALECTS) as Dialect[]).find(
    (name) => typeof $schema === 'string' && $schema.includes(`/${name}/`),
  );
  if (dialect === undefined) throw new Error(`The dialect ${JSON.stringify($schema)} is not supported`);
  return dialect;
}

/** Ajv keeps something of every schema that it has seen, 4 KiB or so, removed or not: it is replaced after so many. */
const SCHEMAS_PER_AJV = 500;

interface SharedAjv {
  readonly ajv: Ajv;
  schemas: number;
}

/** Compiles JSON Schema once, when a tool is registered. */
@Injectable()
export class SchemaCompiler {
  private readonly shared = new Map<Dialect, SharedAjv>();

  /** @throws Error when the schema itself is not valid. */
  compile(schema: ObjectSchema): SchemaCheck {
    const dialect = dialectOf(schema);
    // Names are global within one Ajv, and tools of different origin may use the same ones.
    const ajv = JSON.stringify(schema).includes('"$id":') ? DIALECTS[dialect]() : this.sharedOf(dialect);
    const validate: ValidateFunction = ajv.compile(schema);
    return (value) => (validate(value) ? NOTHING_WRONG : (validate.errors ?? []).map(describe));
  }

  private sharedOf(dialect: Dialect): Ajv {
    let shared = this.shared.get(dialect);
    if (shared === undefined || shared.schemas === SCHEMAS_PER_AJV) {
      shared = { ajv: DIALECTS[dialect](), schemas: 0 };
      this.shared.set(dialect, shared);
    }
    shared.schemas += 1;
    return shared.ajv;
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

/** Characters of the place of a fault, much of which is the caller's text; and of all that is said about it. */
const MAX_PATH = 300;
const MAX_PROBLEM = 2000;

function describe(error: ErrorObject): string {
  const where = error.instancePath === '' ? 'arguments' : error.instancePath.slice(1).replaceAll('/', '.');
  const what = cut(`${cut(where, MAX_PATH)} ${error.message ?? 'is not valid'}`, MAX_PROBLEM);
  if (!TELLING.has(error.keyword)) return what;
  const details = Object.values(error.params as Record<string, unknown>)
    .flat()
    .map((value) => (typeof value === 'string' ? quote(value) : JSON.stringify(value)));
  return cut(`${what} (${details.join(', ')})`, MAX_PROBLEM);
}
