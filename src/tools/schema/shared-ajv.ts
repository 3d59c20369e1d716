import type { Ajv, AnySchemaObject, ValidateFunction } from 'ajv';
import { type Dialect, dialectOf } from './dialects.js';

/** Ajv keeps something of every schema that it has seen, 4 KiB or so, removed or not: it is replaced after so many. */
const SCHEMAS_PER_AJV = 500;

/** One Ajv for each dialect, for as many schemas as it can take. */
export class SharedAjv {
  private readonly shared = new Map<Dialect, { readonly ajv: Ajv; schemas: number }>();

  constructor(private readonly make: (dialect: Dialect) => Ajv) {}

  /** @throws Error when the schema itself is not valid. */
  compile(schema: AnySchemaObject): ValidateFunction {
    // Names are global within one Ajv, and tools of different origin may use the same ones.
    const hasNames = JSON.stringify(schema).includes('"$id":');
    const ajv = hasNames ? this.make(dialectOf(schema)) : this.of(dialectOf(schema));
    return ajv.compile(schema);
  }

  of(dialect: Dialect): Ajv {
    let shared = this.shared.get(dialect);
    if (shared === undefined || shared.schemas === SCHEMAS_PER_AJV) {
      shared = { ajv: this.make(dialect), schemas: 0 };
      this.shared.set(dialect, shared);
    }
    shared.schemas += 1;
    return shared.ajv;
  }
}
