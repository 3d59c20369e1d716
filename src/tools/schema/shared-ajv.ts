import type { Ajv, AnySchemaObject, ValidateFunction } from 'ajv';
import { type Dialect, dialectOf } from './dialects.js';

/**
 * Ajv keeps every schema that it has seen, removed or not, and all that it has made of it: it is replaced after so
 * many, and after so many bytes of them.
 */
export const SCHEMAS_PER_AJV = 500;
export const BYTES_PER_AJV = 16 * 1024 * 1024;

interface Shared {
  readonly ajv: Ajv;
  schemas: number;
  bytes: number;
}

/** One Ajv for each dialect, for as many schemas as it can take. */
export class SharedAjv {
  private readonly shared = new Map<Dialect, Shared>();

  constructor(private readonly make: (dialect: Dialect) => Ajv) {}

  /**
   * @param bytes what it takes in memory, about; of ours there are few
   * @throws Error when the schema itself is not valid.
   */
  compile(schema: AnySchemaObject, bytes = 0): ValidateFunction {
    // Names are global within one Ajv, and tools of different origin may use the same ones.
    const hasNames = JSON.stringify(schema).includes('"$id":');
    const ajv = hasNames ? this.make(dialectOf(schema)) : this.of(dialectOf(schema), bytes);
    return ajv.compile(schema);
  }

  private of(dialect: Dialect, bytes: number): Ajv {
    let shared = this.shared.get(dialect);
    if (shared === undefined || shared.schemas === SCHEMAS_PER_AJV || shared.bytes + bytes > BYTES_PER_AJV) {
      shared = { ajv: this.make(dialect), schemas: 0, bytes: 0 };
      this.shared.set(dialect, shared);
    }
    shared.schemas += 1;
    shared.bytes += bytes;
    return shared.ajv;
  }
}
