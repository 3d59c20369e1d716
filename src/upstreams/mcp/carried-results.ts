import { type Client, type StandardSchemaV1, specTypeSchemas } from '@modelcontextprotocol/client';
import { isObject } from '../../core/is-object.js';

type Result = Readonly<Record<string, unknown>>;
type Schema = StandardSchemaV1<unknown, unknown>;

/** Judges a value by a schema, and hands on the value itself: a parser leaves out the members that it does not know. */
export const judged = <T>(
  schema: Schema,
  complete = (value: unknown) => value,
): StandardSchemaV1<unknown, T> => ({
  '~standard': {
    version: 1,
    vendor: 'mcpo',
    validate: async (value) => {
      const { issues } = await schema['~standard'].validate(value);
      return issues === undefined ? { value: complete(value) as T } : { issues };
    },
  },
});

/** Content is an empty list where it is left out. */
const withContent = (value: unknown): unknown =>
  isObject(value) && value['content'] === undefined ? { ...value, content: [] } : value;

export const TOOL_RESULT = judged<Result>(specTypeSchemas.CallToolResult, withContent);

const RESULTS: ReadonlyMap<string, StandardSchemaV1<unknown, Result>> = new Map([
  ['tools/call', TOOL_RESULT],
  ['resources/read', judged<Result>(specTypeSchemas.ReadResourceResult)],
  ['prompts/get', judged<Result>(specTypeSchemas.GetPromptResult)],
  ['completion/complete', judged<Result>(specTypeSchemas.CompleteResult)],
]);

type Request = (asked: { readonly method: string }, ...further: unknown[]) => Promise<Result>;

/** Has the client of the SDK answer with results as they came, as far as they are what the protocol wants. */
export function carryResults(client: Client): void {
  const ask = client.request.bind(client) as unknown as Request;
  const request: Request = (asked, ...further) => {
    const schema = RESULTS.get(asked.method);
    const isPlain = schema !== undefined && !(isObject(further[0]) && '~standard' in further[0]);
    return isPlain ? ask(asked, schema, ...further) : ask(asked, ...further);
  };
  Object.assign(client, { request });
}

/** What belongs to the connection: the envelope of revision 2026-07-28, and which of its tasks a result was. */
const ENVELOPE: readonly string[] = ['resultType', 'ttlMs', 'cacheScope'];
const ENVELOPE_META: readonly string[] = [
  'io.modelcontextprotocol/serverInfo',
  'io.modelcontextprotocol/related-task',
];

export function withoutEnvelope<T extends object>(result: T): T {
  const { _meta } = result as { _meta?: unknown };
  const rest = without(result, ENVELOPE);
  if (!isObject(_meta) || !ENVELOPE_META.some((name) => name in _meta)) return rest;
  const meta = without(_meta, ENVELOPE_META);
  return Object.keys(meta).length === 0 ? without(rest, ['_meta']) : { ...rest, _meta: meta };
}

function without<T extends object>(members: T, names: readonly string[]): T {
  if (!names.some((name) => name in members)) return members;
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name))) as T;
}
