import { hash } from 'node:crypto';
import type { ObjectSchema, ToolResult } from '../tool-definition.js';
import type { ToolError } from '../tool-error.js';

const ERROR_SCHEMA = {
  type: 'object',
  description: 'Present instead of the other members when the call failed (isError is true).',
  properties: {
    code: { type: 'string', description: 'Stable code of the failure; docs/errors.md lists them.' },
    message: { type: 'string', description: 'What was wrong, and how to mend it.' },
  },
  required: ['code', 'message'],
} as const;

/** A schema with no other keyword at its root can take one more property. */
const PLAIN_KEYWORDS: ReadonlySet<string> = new Set([
  '$schema',
  'type',
  'title',
  'description',
  'properties',
  'required',
  'additionalProperties',
  '$defs',
  'definitions',
]);

/**
 * The output schema as it is advertised: the tool's own, or `{error}`. Clients check `structuredContent` of failed
 * calls too (the official SDK v1 does), so the schema has to admit both forms.
 */
export function withErrorForm(schema: ObjectSchema): ObjectSchema {
  const { properties } = schema;
  const isPlain =
    Object.keys(schema).every((keyword) => PLAIN_KEYWORDS.has(keyword)) &&
    typeof properties === 'object' &&
    properties !== null &&
    !('error' in properties);
  return isPlain ? withErrorProperty(schema, properties) : eitherOf(schema);
}

/** The properties stay where a reader looks for them. */
function withErrorProperty(schema: ObjectSchema, properties: object): ObjectSchema {
  const { required = [], ...rest } = schema;
  return {
    ...rest,
    properties: { ...properties, error: ERROR_SCHEMA },
    anyOf: [{ required }, { required: ['error'] }],
  };
}

/** With an identity of its own, the references within the schema go on leading where they led (2020-12 core, 8.2). */
function eitherOf(schema: ObjectSchema): ObjectSchema {
  const $id = `urn:mcpo:output:${hash('sha256', JSON.stringify(schema), 'hex').slice(0, 16)}`;
  const { $schema, ...own } = schema;
  return {
    ...($schema !== undefined && { $schema }),
    // Since 2026-07-28 an answer may be any JSON value.
    ...((own.type as unknown) === 'object' && { type: 'object' }),
    anyOf: [
      { $id, ...own },
      { type: 'object', properties: { error: ERROR_SCHEMA }, required: ['error'] },
    ],
  } as unknown as ObjectSchema;
}

/** The result that tells a client, in text and as data, why a call failed. */
export function errorResult(error: ToolError): ToolResult {
  const message = error.mend === undefined ? error.message : `${error.message} ${error.mend}`;
  return {
    isError: true,
    content: [{ type: 'text', text: message }],
    structuredContent: { error: { ...error.data, code: error.code, message } },
  };
}
