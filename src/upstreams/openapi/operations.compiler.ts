import { createHash } from 'node:crypto';
import type { Tool, ToolAnnotations } from '@modelcontextprotocol/client';
import { isObject } from '../../core/is-object.js';
import { nodesOf } from '../../core/json/nodes.js';
import { cut } from '../../core/quote.js';
import {
  MAX_CATALOG_LENGTH,
  MAX_CATALOG_NODES,
  MAX_LISTED,
  MAX_TOOL_LENGTH,
} from '../federation/catalog.bounds.js';
import type { JsonObject, OpenApiDocument, OperationObject, ServerObject } from './document.types.js';
import { cleanName } from './clean-name.js';
import { argumentsOf } from './operation.arguments.js';
import type { Operation } from './operation.js';
import { checkPath, parametersOf } from './operation.parameters.js';
import { acceptOf, orNothing, outputSchemaOf, responsesOf } from './operation.responses.js';
import { follow, UnusableOperation } from './references.js';
import { type Direction, DocumentSchemas } from './schema.translator.js';

/** Characters of a name that are looked at. */
const MAX_SOURCE = 2048;
/** Of what has become no tool, so many are named. */
export const MAX_NAMED = 100;
const MAX_SHOWN = 200;

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'] as const;
/** Operations too, and none that become tools: `query` and what else there may be come from OpenAPI 3.2. */
const OTHER_METHODS = ['trace', 'query', 'additionalOperations'];
type Method = (typeof METHODS)[number];

export interface CompilerOptions {
  /** Whether an operation with these tags is wanted. */
  readonly wants: (tags: readonly string[]) => boolean;
  /** Whether a server that an operation or a path names for itself is the one that is called. */
  readonly isOurServer: (server: ServerObject) => boolean;
  /** Whether tools promise the shape of their answers. */
  readonly outputSchemas: boolean;
}

/** Something of a document that is not served: an operation, or all of a path. */
export interface LeftOutOperation {
  readonly operation: string;
  readonly reason: string;
}

export interface CompiledOperations {
  /** By the name of the tool, in the order of the document. */
  readonly operations: ReadonlyMap<string, Operation>;
  /** What has not become a tool, and why. */
  readonly leftOut: readonly LeftOutOperation[];
  /** How many that are, named or not. */
  readonly leftOutCount: number;
}

/** Makes a tool of each operation of the document. One that cannot become a tool does not keep the others from it. */
export function compileOperations(document: OpenApiDocument, options: CompilerOptions): CompiledOperations {
  const compiler = new Compiler(document, options);
  for (const [path, item] of Object.entries(document.paths)) {
    if (!path.startsWith('x-')) compiler.add(path, item);
  }
  const { operations, leftOut, leftOutCount } = compiler;
  return { operations, leftOut, leftOutCount };
}

/** Methods stand in small letters (OpenAPI 3.1, "Path Item Object"); who writes `GET` means the same. */
function withSmallMethods(pathItem: JsonObject): JsonObject {
  const large = Object.keys(pathItem).filter((name) => {
    const small = name.toLowerCase();
    return small !== name && !(small in pathItem) && (METHODS as readonly string[]).includes(small);
  });
  if (large.length === 0) return pathItem;
  return { ...pathItem, ...Object.fromEntries(large.map((name) => [name.toLowerCase(), pathItem[name]])) };
}

class Compiler {
  readonly operations = new Map<string, Operation>();
  readonly leftOut: LeftOutOperation[] = [];
  leftOutCount = 0;
  private readonly room = { length: MAX_CATALOG_LENGTH, nodes: MAX_CATALOG_NODES };
  private readonly schemas: Source['schemas'];

  constructor(
    private readonly document: OpenApiDocument,
    private readonly options: CompilerOptions,
  ) {
    const schemas = (direction: Direction): DocumentSchemas => new DocumentSchemas(document, direction);
    this.schemas = { request: schemas('request'), response: schemas('response') };
  }

  add(path: string, item: unknown): void {
    const found = this.orLeftOut(path, () => pathItemOf(this.document, item));
    if (found === undefined) return;
    const pathItem = withSmallMethods(found);
    for (const method of METHODS)
      this.orLeftOut(`${method.toUpperCase()} ${path}`, () => this.addOperation(path, pathItem, method));
    for (const method of OTHER_METHODS.filter((name) => isObject(pathItem[name])))
      this.orLeftOut(`${method.toUpperCase()} ${path}`, () => {
        throw new UnusableOperation('Its method is not called');
      });
  }

  private addOperation(path: string, pathItem: JsonObject, method: Method): void {
    if (pathItem[method] === undefined || pathItem[method] === null) return;
    const operation = follow(this.document, pathItem[method]);
    if (!this.options.wants(tagsOf(operation))) return;
    const name = freeName(operation, method, path, this.operations);
    if (this.operations.size === MAX_LISTED.tools)
      throw new UnusableOperation(`One upstream may have ${MAX_LISTED.tools} tools`);
    const { document, options, schemas } = this;
    const source = { document, options, schemas, name, method, path, pathItem, operation };
    const { compiled, length } = bounded(compile(source));
    const nodes = nodesOf(compiled.tool, MAX_CATALOG_NODES);
    if (length > this.room.length || nodes > this.room.nodes)
      throw new UnusableOperation('There is no room for it beside the others');
    this.room.length -= length;
    this.room.nodes -= nodes;
    this.operations.set(name, compiled);
  }

  /** What one part of a document does to the program is that part's fault, and costs nothing else. */
  private orLeftOut<T>(operation: string, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.leftOutCount += 1;
      if (this.leftOut.length === MAX_NAMED) return undefined;
      const { message } =
        error instanceof UnusableOperation
          ? error
          : new UnusableOperation(`It is malformed: ${(error as Error).message}`);
      this.leftOut.push({ operation: cut(operation, MAX_SHOWN), reason: message });
      return undefined;
    }
  }
}

/** What stands beside a reference comes before what it leads to (OpenAPI 3.1, "Path Item Object"). */
function pathItemOf(document: OpenApiDocument, item: unknown): JsonObject {
  if (!isObject(item) || typeof item['$ref'] !== 'string') return follow(document, item);
  const { $ref: _reference, ...own } = item;
  return { ...follow(document, item), ...own };
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
  readonly schemas: Readonly<Record<Direction, DocumentSchemas>>;
  readonly name: string;
  readonly method: Method;
  readonly path: string;
  readonly pathItem: JsonObject;
  readonly operation: OperationObject;
}

function compile(source: Source): Operation {
  const { document, schemas, name, method, path, pathItem, operation } = source;
  refuseOtherServers(source);
  const parameters = parametersOf(document, pathItem, operation);
  checkPath(path, parameters);
  const requestBody =
    operation.requestBody === undefined ? undefined : follow(document, operation.requestBody);
  const { inputSchema, ...request } = argumentsOf(document, schemas.request, parameters, requestBody);
  const responses = responsesOf(document, operation);
  const outputSchema = source.options.outputSchemas
    ? orNothing(() => outputSchemaOf(document, schemas.response, responses))
    : undefined;
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
    security: securityOf(operation.security ?? document.security ?? []),
    accept: acceptOf(responses),
    documented: responses.map(({ status }) => status),
  };
}

function refuseOtherServers({ options, pathItem, operation }: Source): void {
  const servers: unknown = operation.servers ?? pathItem['servers'] ?? [];
  if (!Array.isArray(servers) || !servers.every(isServer))
    throw new UnusableOperation('Its servers are malformed');
  if (servers.length === 0 || servers.some((server) => options.isOurServer(server))) return;
  throw new UnusableOperation(`It is served elsewhere: ${(servers[0] as ServerObject).url ?? '/'}`);
}

const isServer = (server: unknown): boolean =>
  isObject(server) && ['string', 'undefined'].includes(typeof (server['url'] ?? undefined));

function securityOf(security: unknown): Operation['security'] {
  if (Array.isArray(security) && security.every(isObject)) return security;
  throw new UnusableOperation('What it says of security is malformed');
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
