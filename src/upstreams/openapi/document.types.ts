/** A JSON object whose members nobody has checked. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The parts of an OpenAPI 3.1 document that matter here; every one may be missing, or of another type than it says. */
export interface OpenApiDocument extends JsonObject {
  readonly openapi: string;
  readonly info?: { readonly title?: string; readonly version?: string };
  readonly servers?: readonly ServerObject[];
  readonly paths: Readonly<Record<string, unknown>>;
  readonly components?: JsonObject;
  readonly security?: readonly SecurityRequirement[];
}

export interface ServerObject {
  readonly url?: string;
  readonly variables?: Readonly<Record<string, { readonly default?: string }>>;
}

/** Names of security schemes, all of which are needed. */
export type SecurityRequirement = Readonly<Record<string, unknown>>;

export interface OperationObject extends JsonObject {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly tags?: readonly string[];
  readonly parameters?: readonly unknown[];
  readonly requestBody?: unknown;
  readonly responses?: Readonly<Record<string, unknown>>;
  readonly security?: readonly SecurityRequirement[];
  readonly servers?: readonly ServerObject[];
}

export type ParameterLocation = 'path' | 'query' | 'header' | 'cookie';

export interface ParameterObject extends JsonObject {
  readonly name: string;
  readonly in: ParameterLocation;
  readonly description?: string;
  readonly required?: boolean;
  readonly deprecated?: boolean;
  readonly style?: string;
  readonly explode?: boolean;
  readonly allowReserved?: boolean;
  readonly schema?: unknown;
  readonly content?: Readonly<Record<string, MediaTypeObject>>;
}

export interface MediaTypeObject {
  readonly schema?: unknown;
  readonly encoding?: Readonly<Record<string, EncodingObject>>;
}

export interface EncodingObject {
  readonly contentType?: string;
  readonly style?: string;
  readonly explode?: boolean;
  readonly allowReserved?: boolean;
}

export interface RequestBodyObject {
  readonly description?: string;
  readonly required?: boolean;
  readonly content?: Readonly<Record<string, MediaTypeObject>>;
}

export interface SecuritySchemeObject {
  readonly type?: string;
  readonly scheme?: string;
  readonly name?: string;
  readonly in?: string;
}
