import type { Ajv, AnySchemaObject, ValidateFunction } from 'ajv';
import { type Dialect, dialectOf } from './dialects.js';

/**
 * Ajv keeps every schema that it has seen, removed or not, and 4 KiB or so beside it: it is replaced after so many, and
 * after so many characters of them. Of the oddest schemas a character takes some 35 bytes.
 */
export const SCHEMAS_PER_AJV = 500;
export const CHARACTERS_PER_AJV = 1_048_576;

interface Shared {
  readonly ajv: Ajv;
  schemas: number;
  characters: number;
}

/** One Ajv for each dialect, for as many schemas as it can take. */
export class SharedAjv {
  private readonly shared = new Map<Dialect, Shared>();

  constructor(private readonly make: (dialect: Dialect) => Ajv) {}

  /** @throws Error when the schema itself is not valid. */
  compile(schema: AnySchemaObject): ValidateFunction {
    const text = JSON.stringify(schema);
    // Names are global within one Ajv, and tools of different origin may use the same ones.
    const hasNames = text.includes('"$id":');
    const ajv = hasNames ? this.make(dialectOf(schema)) : this.of(dialectOf(schema), text.length);
    return ajv.compile(schema);
  }

  private of(dialect: Dialect, characters: number): Ajv {
    let shared = this.shared.get(dialect);
    if (
      shared === undefined ||
      shared.schemas === SCHEMAS_PER_AJV ||
      shared.characters + characters > CHARACTERS_PER_AJV
    ) {
      shared = { ajv: this.make(dialect), schemas: 0, characters: 0 };
      this.shared.set(dialect, shared);
    }
    shared.schemas += 1;
    shared.characters += characters;
    return shared.ajv;
  }
}
