import { Injectable } from '@nestjs/common';
import { inSlices } from '../../core/slices.js';
import type { Steps } from '../../core/steps.js';
import type { Principal } from '../../core/principal.js';
import { ToolCaller } from '../../tools/call/tool-caller.service.js';
import { type RegisteredTool, ToolRegistry } from '../../tools/tool.registry.js';
import { represent, type Representation } from '../representation.js';
import { INFO, PROBLEM, READING, SECURITY, SECURITY_SCHEMES } from './fixed-parts.js';
import { type Operation, operationOf } from './operation.js';

/**
 * Where the paths begin: at the root of the server; or at `/tools`, which has the layout of mcpo: a document beside a
 * path for each tool, and nothing else.
 */
export type Layout = 'root' | 'tools';

/** Documents that are kept: callers who see the same tools share one. */
export const MAX_KEPT = 16;
/** UTF-16 units of a document that is kept; a longer one is made for each request. */
export const MAX_KEPT_LENGTH = 4 * 1024 * 1024;

/** OpenAPI 3.1 documents of the tools that a principal may call, made anew when the registry has changed. */
@Injectable()
export class OpenApiDocuments {
  private readonly operations = new WeakMap<RegisteredTool, Operation>();
  private readonly kept = new Map<string, Promise<Representation>>();
  private keptVersion = -1;

  constructor(
    private readonly caller: ToolCaller,
    private readonly registry: ToolRegistry,
  ) {}

  async documentFor(principal: Principal, layout: Layout): Promise<Representation> {
    const tools = this.caller.visibleTo(principal);
    const key = [layout, ...tools.map(({ definition }) => definition.name)].join();
    const { version } = this.registry;
    if (this.keptVersion !== version) this.kept.clear();
    this.keptVersion = version;
    const known = this.kept.get(key);
    if (known !== undefined) return known;
    const made = inSlices(this.made(tools, layout)).then(represent);
    this.keep(key, made);
    const document = await made;
    if (document.body.length > MAX_KEPT_LENGTH && this.kept.get(key) === made) this.kept.delete(key);
    return document;
  }

  /** The one that was made first makes room. */
  private keep(key: string, made: Promise<Representation>): void {
    const [oldest] = this.kept.keys();
    if (this.kept.size >= MAX_KEPT && oldest !== undefined) this.kept.delete(oldest);
    this.kept.set(key, made);
  }

  private *made(tools: readonly RegisteredTool[], layout: Layout): Steps<string> {
    const prefix = layout === 'root' ? '/tools/' : '/';
    const paths = layout === 'root' ? [membersOf(READING)] : [];
    const schemas: string[] = [];
    for (const tool of tools) {
      yield;
      const { item, schemas: own } = this.operationOf(tool);
      paths.push(`${JSON.stringify(prefix + tool.definition.name)}:${item}`);
      schemas.push(own);
    }
    const head = {
      openapi: '3.1.0',
      info: INFO,
      // Relative to the document (OpenAPI 3.1, 4.8.5), which a proxy may serve under a path of its own.
      servers: [{ url: './' }],
      security: SECURITY,
    };
    const components = { securitySchemes: SECURITY_SCHEMES, responses: { Problem: PROBLEM } };
    return (
      `{${membersOf(head)},"paths":{${paths.join(',')}},` +
      `"components":{${membersOf(components)},"schemas":{${schemas.join(',')}}}}`
    );
  }

  private operationOf(tool: RegisteredTool): Operation {
    let operation = this.operations.get(tool);
    if (operation === undefined) this.operations.set(tool, (operation = operationOf(tool)));
    return operation;
  }
}

const membersOf = (value: object): string => JSON.stringify(value).slice(1, -1);
