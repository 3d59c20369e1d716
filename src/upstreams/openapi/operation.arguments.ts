import { isObject } from '../../core/is-object.js';
import { quote } from '../../core/quote.js';
import type { JsonObject, MediaTypeObject, ParameterObject, RequestBodyObject } from './document.types.js';
import { type BodyKind, isMediaType, kindOf } from './media-type.js';
import type { FormMember, OperationBody, OperationParameter } from './operation.js';
import { cleanName } from './clean-name.js';
import { flag } from './flag.js';
import { separatorOf } from './list-formats.js';
import { follow, UnusableOperation } from './references.js';
import { type DocumentSchemas, isBinary, type JsonSchema, SchemaTranslator } from './schema.translator.js';

export interface OperationArguments {
  readonly inputSchema: { readonly type: 'object' } & JsonSchema;
  readonly parameters: readonly OperationParameter[];
  readonly body: OperationBody | undefined;
}

/** OpenAPI 3.1, "Parameter Object": described elsewhere, and ignored as parameters. */
const NOT_PARAMETERS = ['accept', 'content-type', 'authorization'];
/** What belongs to the connection, not to the request (RFC 9110, 7.6.1). */
const OF_THE_CONNECTION = [
  ...['host', 'content-length', 'connection', 'transfer-encoding', 'upgrade', 'te', 'trailer', 'expect'],
  ...['keep-alive', 'proxy-authorization', 'proxy-connection', 'cookie', 'accept-encoding'],
];
const IGNORED_HEADERS: ReadonlySet<string> = new Set([...NOT_PARAMETERS, ...OF_THE_CONNECTION]);

const DEFAULT_STYLES = { path: 'simple', query: 'form', header: 'simple', cookie: 'form' } as const;
/** OpenAPI 3.1, "Style Values"; 3.2 has `cookie` besides, which differs in what it escapes. */
const STYLES: Readonly<Record<string, readonly string[]>> = {
  path: ['matrix', 'label', 'simple'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form', 'cookie'],
};
/** What model providers take as the name of a property. */
const MAX_NAME = 64;
/** Parts of an `allOf` in parts of an `allOf`. */
const MAX_PARTS_DEPTH = 8;
/** Parameters of one operation. */
export const MAX_PARAMETERS = 256;

/** The arguments of the tool, and where each of them goes. */
export function argumentsOf(
  document: JsonObject,
  schemas: DocumentSchemas,
  parameterObjects: readonly ParameterObject[],
  bodyObject: RequestBodyObject | undefined,
): OperationArguments {
  const translator = new SchemaTranslator(schemas);
  const wanted = parameterObjects.filter(isWanted);
  if (wanted.length > MAX_PARAMETERS)
    throw new UnusableOperation(`It has more than ${MAX_PARAMETERS} parameters`);
  const names = argumentNames(wanted, bodyObject !== undefined);
  const properties: JsonSchema = {};
  const required: string[] = [];
  const parameters = wanted.map((parameter, index) => {
    const argument = names.parameters[index] ?? parameter.name;
    const isRequired = flag(parameter.required) === true || parameter.in === 'path';
    properties[argument] = described(
      translator.translate(schemaOf(parameter)),
      parameter,
      isTelling(argument, parameter) ? undefined : `Sent as ${quote(parameter.name)} (${parameter.in}).`,
    );
    if (isRequired) required.push(argument);
    return { argument, isRequired, how: serializationOf(parameter) };
  });
  const body = bodyObject && bodyOf(document, bodyObject, names.body);
  if (body !== undefined) {
    properties[body.argument] = described(bodySchema(translator, body.kind, body.schema), bodyObject ?? {});
    if (flag(bodyObject?.required) === true) required.push(body.argument);
  }
  const $defs = translator.definitions();
  const inputSchema = {
    type: 'object' as const,
    properties,
    ...(required.length > 0 && { required }),
    additionalProperties: false,
    ...(Object.keys($defs).length > 0 && { $defs }),
  };
  return { inputSchema, parameters, body };
}

const isWanted = ({ in: location, name }: ParameterObject): boolean =>
  location !== 'header' || !IGNORED_HEADERS.has(name.toLowerCase());

/** Whether the name of an argument says which parameter it is. */
const isTelling = (argument: string, { name, in: location }: ParameterObject): boolean =>
  argument === name || argument === `${name}_${location}`;

/** A name of its own for each: two parameters may have the same name in different places. */
function argumentNames(
  parameters: readonly ParameterObject[],
  hasBody: boolean,
): { parameters: string[]; body: string } {
  const plain = parameters.map(({ name }) => argumentName(name));
  const taken = new Set<string>();
  const free = (name: string): string => {
    let candidate = name;
    for (let count = 2; taken.has(candidate); count += 1)
      candidate = `${name.slice(0, MAX_NAME - 4)}_${count}`;
    taken.add(candidate);
    return candidate;
  };
  const byName = Map.groupBy(plain, (name) => name);
  const isShared = (name: string): boolean => byName.get(name)!.length > 1 || (hasBody && name === 'body');
  const named = plain.map((name, index) =>
    free(isShared(name) ? argumentName(`${name}_${parameters[index]?.in}`) : name),
  );
  return { parameters: named, body: free('body') };
}

function argumentName(name: string): string {
  const clean = cleanName(name);
  return (clean === '' ? 'value' : clean).slice(0, MAX_NAME);
}

function schemaOf(parameter: ParameterObject): unknown {
  const [content] = Object.values(parameter.content ?? {});
  return content === undefined ? parameter.schema : content.schema;
}

function serializationOf(parameter: ParameterObject): OperationParameter['how'] {
  const { in: location, name } = parameter;
  const style = parameter.style ?? DEFAULT_STYLES[location];
  if (STYLES[location]?.includes(style) !== true)
    throw new UnusableOperation(`Parameter ${name} has a style that its place does not have: ${style}`);
  return {
    location,
    name,
    style,
    explode: flag(parameter.explode) ?? style === 'form',
    allowReserved: flag(parameter.allowReserved) ?? false,
    separator: separatorOf(name, parameter),
    isJson: Object.keys(parameter.content ?? {}).some((type) => kindOf(type) === 'json'),
  };
}

function described(
  schema: JsonSchema | boolean,
  { description, deprecated }: { description?: string; deprecated?: boolean },
  note?: string,
): JsonSchema | boolean {
  if (typeof schema === 'boolean') return schema;
  const texts = [description, schema['description'], note].filter(
    (text) => typeof text === 'string' && text !== '',
  );
  return {
    ...schema,
    ...(texts.length > 0 && { description: [...new Set(texts)].join(' ') }),
    ...(deprecated === true && { deprecated }),
  };
}

/** From the one that says most to the one that says least. */
const PREFERRED: readonly BodyKind[] = ['json', 'multipart', 'urlencoded', 'text', 'binary'];

/** What is sent where the document leaves it open. */
const ANY_TYPE: Readonly<Record<BodyKind, string>> = {
  json: 'application/json',
  multipart: 'multipart/form-data',
  urlencoded: 'application/x-www-form-urlencoded',
  text: 'text/plain',
  binary: 'application/octet-stream',
};

function bodyOf(
  document: JsonObject,
  { content = {} }: RequestBodyObject,
  argument: string,
): OperationBody & { schema: unknown } {
  if (!isObject(content)) throw new UnusableOperation('The content of its request body is malformed');
  const types = Object.keys(content).filter(isMediaType);
  const contentType = PREFERRED.map((kind) => types.find((type) => kindOf(type) === kind)).find(
    (type) => type !== undefined,
  );
  if (contentType === undefined) throw new UnusableOperation('The request body has no content');
  const kind = kindOf(contentType);
  const media: MediaTypeObject = content[contentType] ?? {};
  return {
    argument,
    kind,
    contentType: contentType.includes('*') ? ANY_TYPE[kind] : contentType,
    schema: media.schema,
    members: new Map(
      formMemberNames(document, media, kind).map((name) => [name, formMember(document, media, name)]),
    ),
    otherMember: formMember(document, {}, ''),
  };
}

function bodySchema(translator: SchemaTranslator, kind: BodyKind, schema: unknown): JsonSchema | boolean {
  if (kind === 'binary')
    return { type: 'string', contentEncoding: 'base64', description: 'Bytes, as base64.' };
  if (kind === 'text')
    return { type: 'string', ...(isObject(schema) && pick(schema, ['description', 'examples'])) };
  return translator.translate(schema);
}

const pick = (object: JsonObject, names: readonly string[]): JsonSchema =>
  Object.fromEntries(names.filter((name) => object[name] !== undefined).map((name) => [name, object[name]]));

/** Those that the schema or the encoding names; other bodies have none. */
function formMemberNames(
  document: JsonObject,
  { schema, encoding = {} }: MediaTypeObject,
  kind: BodyKind,
): string[] {
  if (kind !== 'multipart' && kind !== 'urlencoded') return [];
  return [...new Set([...propertyNames(document, schema), ...Object.keys(encoding)])];
}

function propertyNames(document: JsonObject, schema: unknown, depth = 0): string[] {
  if (!isObject(schema) || depth > MAX_PARTS_DEPTH) return [];
  const { properties, allOf } = follow(document, schema);
  const parts = Array.isArray(allOf) ? allOf : [];
  return [
    ...(isObject(properties) ? Object.keys(properties) : []),
    ...parts.flatMap((part) => propertyNames(document, part, depth + 1)),
  ];
}

function formMember(document: JsonObject, { schema, encoding }: MediaTypeObject, name: string): FormMember {
  const property = propertyOf(document, schema, name);
  const items = isObject(property) && property['type'] === 'array' ? property['items'] : undefined;
  const { contentType, style, explode, allowReserved } = encoding?.[name] ?? {};
  if (style !== undefined && style !== null && STYLES['query']?.includes(style) !== true)
    throw new UnusableOperation(`Member ${name} of its form has a style that no form has: ${style}`);
  return {
    isBinary: isBinary(document, property) || isBinary(document, items) || isOfBytes(property, contentType),
    contentType,
    how: {
      location: 'query',
      name,
      style: style ?? 'form',
      explode: flag(explode) ?? (style ?? 'form') === 'form',
      allowReserved: flag(allowReserved) ?? false,
      separator: separatorOf(name, property),
      isJson: contentType !== undefined && kindOf(contentType) === 'json',
    },
  };
}

/** OpenAPI 3.1, "Considerations for File Uploads": bytes need no schema where their type is told. */
const isOfBytes = (property: JsonObject | undefined, contentType: string | undefined): boolean =>
  contentType !== undefined &&
  kindOf(contentType.split(',', 1)[0]!.trim()) === 'binary' &&
  Object.keys(property ?? {}).every((name) => name === 'description');

/** The schema of a member of the form, which may stand in a part of an `allOf`. */
function propertyOf(document: JsonObject, schema: unknown, name: string, depth = 0): JsonObject | undefined {
  if (!isObject(schema) || depth > MAX_PARTS_DEPTH) return undefined;
  const { properties, allOf } = follow(document, schema);
  if (isObject(properties) && isObject(properties[name])) return follow(document, properties[name]);
  for (const part of Array.isArray(allOf) ? allOf : []) {
    const found = propertyOf(document, part, name, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
