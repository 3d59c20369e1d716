import { createHash } from 'node:crypto';
import type { Tool, ToolAnnotations } from '@modelcontextprotocol/client';
import { isObject } from '../../core/is-object.js';
import { cut } from '../../core/quote.js';
import { MAX_CATALOG_LENGTH, MAX_LISTED, MAX_TOOL_LENGTH } from '../federation/catalog.bounds.js';
import type {
  JsonObject,
  MediaTypeObject,
  OpenApiDocument,
  OperationObject,
  ParameterObject,
} from './document.types.js';
import { cleanName } from './clean-name.js';
import { kindOf } from './media-type.js';
import { argumentsOf } from './operation.arguments.js';
import type { Operation } from './operation.js';
import { follow, UnusableOperation } from './references.js';
import { SchemaTranslator } from './schema.translator.js';

/** Characters of a name that are looked at. */
const MAX_SOURCE = 2048;
/** Of what has become no tool, so many are named. */
export const MAX_NAMED = 100;
const MAX_SHOWN = 200;

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'] as const;
type Method = (typeof METHODS)[number];

export interface CompilerOptions {
  /** Whether an operation with these tags is wanted. */
  readonly wants: (tags: readonly string[]) => boolean;
  /** Whether a server that an operation or a path names for itself is the one that is called. */
  readonly isOurServer: (url: string) => boolean;
  /** Whether tools promise the shape of their answers. */
  readonly outputSchemas: boolean;
}

export interface CompiledOperations {
  /** By the name of the tool, in the order of the document. */
  readonly operations: ReadonlyMap<string, Operation>;
  /** What has not become a tool, and why. */
  readonly leftOut: readonly { readonly operation: string; readonly reason: string }[];
  /** How many that are, named or not. */
  readonly leftOutCount: number;
}

/** Makes a tool of each operation of the document. One that cannot become a tool does not keep the others from it. */
export function compileOperations(document: OpenApiDocument, options: CompilerOptions): CompiledOperations {
  const operations = new Map<string, Operation>();
  const leftOut: { operation: string; reason: string }[] = [];
  let leftOutCount = 0;
  let room = MAX_CATALOG_LENGTH;
  for (const [path, item] of Object.entries(document.paths)) {
    if (path.startsWith('x-')) continue;
    for (const method of METHODS) {
      try {
        const pathItem = follow(document, item);
        const operation = pathItem[method];
        if (!isObject(operation) || !options.wants(tagsOf(operation))) continue;
        const name = freeName(operation, method, path, operations);
        if (operations.size === MAX_LISTED.tools) {
          throw new UnusableOperation(`One upstream may have ${MAX_LISTED.tools} tools`);
        }
        const source = { document, options, name, method, path, pathItem, operation };
        const { compiled, length } = bounded(compile(source));
        if (length > room) throw new UnusableOperation('There is no room for it beside the others');
        room -= length;
        operations.set(name, compiled);
      } catch (error) {
        if (!(error instanceof UnusableOperation)) throw error;
        leftOutCount += 1;
        if (leftOut.length === MAX_NAMED) continue;
        leftOut.push({ operation: cut(`${method.toUpperCase()} ${path}`, MAX_SHOWN), reason: error.message });
      }
    }
  }
  return { operations, leftOut, leftOutCount };
}

/** What the answer looks like is the first that a tool can do without. */
function bounded(compiled: Operation): { readonly compiled: Operation; readonly length: number } {
  const length = JSON.stringify(compiled.tool).length;
  if (length <= MAX_TOOL_LENGTH) return { compiled, length };
  const { outputSchema, ...tool } = compiled.tool;
  if (outputSchema === undefined) {
    throw new UnusableOperation(`Its definition has more than ${MAX_TOOL_LENGTH} characters`);
  }
  return bounded({ ...compiled, tool });
}

interface Source {
  readonly document: OpenApiDocument;
  readonly options: CompilerOptions;
  readonly name: string;
  readonly method: Method;
  readonly path: string;
  readonly pathItem: JsonObject;
  readonly operation: OperationObject;
}

function compile(source: Source): Operation {
  const { document, name, method, path, pathItem, operation } = source;
  refuseOtherServers(source);
  const parameters = parametersOf(document, pathItem, operation);
  checkPath(path, parameters);
  const requestBody =
    operation.requestBody === undefined ? undefined : follow(document, operation.requestBody);
  const { inputSchema, ...request } = argumentsOf(document, parameters, requestBody);
  const responses = responsesOf(document, operation);
  const outputSchema = source.options.outputSchemas ? outputSchemaOf(document, responses) : undefined;
  const tool: Tool = {
    name,
    ...(typeof operation.summary === 'string' && { title: operation.summary }),
    description: descriptionOf(method, path, operation),
    inputSchema,
    ...(outputSchema && { outputSchema }),
    annotations: annotationsOf(method),
  };
  return {
    tool,
    method: method.toUpperCase(),
    path,
    ...request,
    security: operation.security ?? document.security ?? [],
    accept: acceptOf(responses),
  };
}

function refuseOtherServers({ options, pathItem, operation }: Source): void {
  const servers = operation.servers ?? pathItem['servers'];
  if (!Array.isArray(servers) || servers.length === 0) return;
  const [first] = servers as readonly unknown[];
  const url = isObject(first) ? String(first['url']) : '';
  if (!options.isOurServer(url)) throw new UnusableOperation(`It is served elsewhere: ${url}`);
}

const tagsOf = ({ tags }: OperationObject): readonly string[] =>
  Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === 'string') : [];

/** MCP 2025-11-25, server/tools, "Tool Names", and as long as model providers take. */
const MAX_TOOL_NAME = 64;

function freeName(
  { operationId }: OperationObject,
  method: Method,
  path: string,
  taken: ReadonlyMap<string, unknown>,
): string {
  const source = typeof operationId === 'string' && operationId !== '' ? operationId : `${method}${path}`;
  const clean = cleanName(source.slice(0, MAX_SOURCE));
  if (clean !== '' && clean.length <= MAX_TOOL_NAME && !taken.has(clean)) return clean;
  // What tells it apart depends on nothing but itself, so that names stay when the document grows.
  const mark = createHash('sha256').update(`${method} ${path}`).digest('hex').slice(0, 8);
  return `${clean.slice(0, MAX_TOOL_NAME - 9)}_${mark}`;
}

/** Those of the path, and those of the operation instead of them (OpenAPI 3.1, "Operation Object"). */
function parametersOf(
  document: OpenApiDocument,
  pathItem: JsonObject,
  operation: OperationObject,
): ParameterObject[] {
  const found = new Map<string, ParameterObject>();
  for (const parameter of [pathItem['parameters'], operation.parameters].flatMap((list) => list ?? [])) {
    const object = follow(document, parameter) as ParameterObject;
    if (typeof object.name !== 'string') throw new UnusableOperation('A parameter has no name');
    if (!['path', 'query', 'header', 'cookie'].includes(object.in)) {
      throw new UnusableOperation(`Parameter ${object.name} is in ${object.in}`);
    }
    found.set(`${object.in} ${object.name}`, object);
  }
  return [...found.values()];
}

function checkPath(path: string, parameters: readonly ParameterObject[]): void {
  if (!path.startsWith('/')) throw new UnusableOperation('The path does not begin with /');
  const known = new Set(parameters.filter(({ in: location }) => location === 'path').map(({ name }) => name));
  const missing = [...path.matchAll(/\{([^{}]*)\}/g)]
    .map(([, name = '']) => name)
    .filter((name) => !known.has(name));
  if (missing.length > 0)
    throw new UnusableOperation(`The path has parameters that are not described: ${missing.join(', ')}`);
}

function descriptionOf(method: Method, path: string, operation: OperationObject): string {
  const { summary, description, deprecated } = operation;
  const texts = [summary, description].filter(
    (text): text is string => typeof text === 'string' && text.trim() !== '',
  );
  const text = [...new Set(texts.map((each) => each.trim()))].join('\n\n');
  const shown = text === '' ? `${method.toUpperCase()} ${path}` : text;
  return deprecated === true ? `Deprecated. ${shown}` : shown;
}

/** RFC 9110, 9.2: which methods are safe, and which are idempotent. */
function annotationsOf(method: Method): ToolAnnotations {
  const readOnlyHint = ['get', 'head', 'options'].includes(method);
  return {
    readOnlyHint,
    ...(!readOnlyHint && method !== 'post' && { destructiveHint: true }),
    idempotentHint: readOnlyHint || method === 'put' || method === 'delete',
    openWorldHint: true,
  };
}

interface Response {
  readonly status: string;
  readonly content: Readonly<Record<string, MediaTypeObject>>;
}

function responsesOf(document: OpenApiDocument, { responses = {} }: OperationObject): Response[] {
  return Object.entries(responses).map(([status, response]) => {
    const { content } = follow(document, response);
    return { status, content: isObject(content) ? (content as Response['content']) : {} };
  });
}

const isSuccess = ({ status }: Response): boolean => status.startsWith('2');

function acceptOf(responses: readonly Response[]): string {
  const types = new Set(responses.flatMap(({ content }) => Object.keys(content)));
  const json = [...types].filter((type) => kindOf(type) === 'json');
  const others = [...types].filter((type) => kindOf(type) !== 'json');
  const listed = [...json, ...others.map((type) => (json.length > 0 ? `${type};q=0.5` : type))];
  return [...listed, '*/*;q=0.1'].filter((type) => !/[\r\n]/.test(type)).join(', ');
}

/** Only where every success is one and the same JSON object: a tool has one output schema. */
function outputSchemaOf(document: OpenApiDocument, responses: readonly Response[]): Tool['outputSchema'] {
  const schemas = responses.filter(isSuccess).map(({ content }) => {
    const [type, ...further] = Object.keys(content);
    return type !== undefined && further.length === 0 && kindOf(type) === 'json'
      ? content[type]?.schema
      : undefined;
  });
  const [schema, ...others] = schemas;
  if (!isObject(schema) || others.some((other) => JSON.stringify(other) !== JSON.stringify(schema)))
    return undefined;
  const root = follow(document, schema);
  if (root['type'] !== 'object' || !isObject(root['properties'])) return undefined;
  const translator = new SchemaTranslator(document, 'response');
  const translated = translator.translate(root);
  const $defs = translator.definitions();
  return {
    ...(typeof translated === 'object' && translated),
    type: 'object',
    ...(Object.keys($defs).length > 0 && { $defs }),
  };
}
