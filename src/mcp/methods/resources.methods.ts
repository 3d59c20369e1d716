import { Injectable } from '@nestjs/common';
import { AppError } from '../../core/errors.js';
import { beginningOf } from '../../core/quote.js';
import {
  type ResourceContent,
  type ResourceOptions,
  ResourceParts,
  type ResourceTemplateOptions,
} from '../../tools/resources/resource.decorator.js';
import { type FoundResource, ResourceRegistry } from '../../tools/resources/resource.registry.js';
import type { Protocol } from '../protocol/classify.js';
import { InputRounds } from './input-rounds.js';
import type { Params } from '../protocol/message.js';
import { BOTH_ERAS, type McpCall, type McpMethod, type MethodResult } from '../dispatch/mcp-method.js';
import { Pagination } from './pagination.js';
import { MAX_LENGTH, requiredString } from '../protocol/params.js';
import { refusalOf } from './tool-failure.js';
import { forCaching, listTtlMs } from './cache-hints.js';

/** Characters of a URI that an error repeats. */
export const MAX_SHOWN_URI = 1000;

/** `resources/list`. */
@Injectable()
export class ResourcesListMethod implements McpMethod {
  readonly name = 'resources/list';
  readonly eras = BOTH_ERAS;

  constructor(
    private readonly registry: ResourceRegistry,
    private readonly pagination: Pagination,
  ) {}

  handle({ cursor }: Params, { context, protocol }: McpCall): MethodResult {
    const all = this.registry.visibleTo(context.principal);
    const { items, ...next } = this.pagination.page(
      'resources',
      all,
      ({ options }) => options.uri,
      cursor,
      context.principal,
    );
    const resources = items.map(({ options }) => listed(options));
    return { resources, ...next, ...forCaching(protocol, listTtlMs(context.principal)) };
  }
}

/** `resources/templates/list`. */
@Injectable()
export class ResourceTemplatesListMethod implements McpMethod {
  readonly name = 'resources/templates/list';
  readonly eras = BOTH_ERAS;

  constructor(
    private readonly registry: ResourceRegistry,
    private readonly pagination: Pagination,
  ) {}

  handle({ cursor }: Params, { context, protocol }: McpCall): MethodResult {
    const all = this.registry.templatesVisibleTo(context.principal);
    const { items, ...next } = this.pagination.page(
      'resource-templates',
      all,
      ({ options }) => options.uriTemplate,
      cursor,
      context.principal,
    );
    const resourceTemplates = items.map(({ options: { complete: _complete, ...options } }) =>
      listed(options),
    );
    return { resourceTemplates, ...next, ...forCaching(protocol, listTtlMs(context.principal)) };
  }
}

/** `resources/read`. */
@Injectable()
export class ResourcesReadMethod implements McpMethod {
  readonly name = 'resources/read';
  readonly eras = BOTH_ERAS;

  constructor(
    private readonly registry: ResourceRegistry,
    private readonly rounds: InputRounds,
  ) {}

  handle(params: Params, call: McpCall): Promise<MethodResult> {
    const uri = requiredString(params, 'uri', MAX_LENGTH.uri);
    const resource = this.registry.demand(uri, call.context.principal);
    if (resource === undefined) throw notFound(uri, call.protocol);
    return this.rounds.run(this.name, params, call, () => this.read(uri, resource, call));
  }

  private async read(
    uri: string,
    resource: FoundResource,
    { context, protocol }: McpCall,
  ): Promise<MethodResult> {
    try {
      const content = await resource.read(context);
      return {
        contents: contentsOf(uri, resource.mimeType, content),
        ...(content instanceof ResourceParts && content.members),
        ...forCaching(protocol, resource.ttlMs),
      };
    } catch (error) {
      // A template matches more than there is: its handler finds out.
      if (error instanceof AppError && error.code === 'resource_not_found') throw notFound(uri, protocol);
      throw refusalOf(error);
    }
  }
}

function listed({
  ttlMs: _ttl,
  tool: _tool,
  further,
  ...options
}: ResourceOptions | ResourceTemplateOptions): object {
  return { ...further, ...options };
}

function notFound(uri: string, { era }: Protocol): AppError {
  const code = era === 'modern' ? 'resource_not_found' : 'resource_not_found_legacy';
  return new AppError(code, {
    detail: 'params.uri names no resource',
    data: { uri: beginningOf(uri, MAX_SHOWN_URI) },
  });
}

function contentsOf(uri: string, mimeType: string | undefined, content: ResourceContent): readonly object[] {
  if (content instanceof ResourceParts) return content.parts;
  if (content instanceof Uint8Array) {
    const blob = Buffer.from(content).toString('base64');
    return [{ uri, mimeType: mimeType ?? 'application/octet-stream', blob }];
  }
  if (typeof content === 'string') return [{ uri, mimeType: mimeType ?? 'text/plain', text: content }];
  return [{ uri, mimeType: mimeType ?? 'application/json', text: JSON.stringify(content, undefined, 2) }];
}
