import { Ajv } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020, type Options } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { quote } from '../../core/quote.ts';

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
  '2020-12': Ajv2020,
  '2019-09': Ajv2019,
  'draft-07': Ajv,
} as const;
export type Dialect = keyof typeof DIALECTS;

/** MCP 2026-07-28, basic/index, "JSON Schema Usage": 2020-12 unless `$schema` says otherwise. */
export function dialectOf({ $schema }: Readonly<Record<string, unknown>>): Dialect {
  if ($schema === undefined) return '2020-12';
  const dialect = (Object.keys(DIALECTS) as Dialect[]).find(
    (name) => typeof $schema === 'string' && $schema.includes(`/${name}/`),
  );
  if (dialect === undefined) {
    const named = typeof $schema === 'string' ? quote($schema) : typeof $schema;
    throw new Error(`The dialect ${named} is not supported`);
  }
  return dialect;
}

export const ajvOf = (dialect: Dialect, options: Options = {}): Ajv =>
  formats.default(new DIALECTS[dialect]({ ...OPTIONS, ...options }));
