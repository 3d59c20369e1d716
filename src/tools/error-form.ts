import type { ObjectSchema, ToolResult } from './tool-definition.js';
import type { ToolError } from './tool-error.js';

const ERROR_SCHEMA = {
  type: 'object',
  description: 'Present instead of the other members when the call failed (isError is true).',
  properties: {
    code: { type: 'string', description: 'Stable code of the failure; docs/errors.md lists them.' },
    message: { type: 'string', description: 'What was wrong, and how to mend it.' },
  },
  required: ['code', 'message'],
} as const;

/**
 * The output schema as it is advertised: the tool's own, or `{error}`. Clients check `structuredContent` of failed
 * calls too (the official SDK v1 does), so the schema has to admit both forms.
 */
export function withErrorForm(schema: ObjectSchema): ObjectSchema {
  const isPlain = typeof schema['properties'] === 'object' && !('$ref' in schema) && !('anyOf' in schema);
  if (!isPlain) {
    return {
      type: 'object',
      anyOf: [schema, { type: 'object', properties: { error: ERROR_SCHEMA }, required: ['error'] }],
    };
  }
  const { required = [], properties, ...rest } = schema;
  return {
    ...rest,
    properties: { ...(properties as object), error: ERROR_SCHEMA },
    anyOf: [{ required }, { required: ['error'] }],
  };
}

/** The result that tells a client, in text and as data, why a call failed. */
export function errorResult(error: ToolError): ToolResult {
  const message = error.mend === undefined ? error.message : `${error.message} ${error.mend}`;
  return {
    isError: true,
    content: [{ type: 'text', text: message }],
    structuredContent: { error: { code: error.code, message, ...error.data } },
  };
}
