import { SetMetadata } from '@nestjs/common';
import type { Annotations, Icon } from '@modelcontextprotocol/server';
import type { CallContext } from '../../core/call-context.js';
import type { Completer, CompleterSource } from '../completer.port.js';
import type { UriVariables } from './uri-template.js';

export const RESOURCE_METADATA = 'mcpo:resource';
export const RESOURCE_TEMPLATE_METADATA = 'mcpo:resource-template';

interface Described {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly mimeType?: string;
  readonly icons?: readonly Icon[];
  readonly annotations?: Annotations;
  readonly _meta?: Readonly<Record<string, unknown>>;
  /** Members that mean nothing to us, as they are listed. */
  readonly further?: Readonly<Record<string, unknown>>;
  /** Milliseconds for which a client may keep the contents (2026-07-28, server/utilities/caching); 0 when left out. */
  readonly ttlMs?: number;
  /** The tool whose answer the contents are: whoever may not call it sees no such resource. */
  readonly tool?: string;
}

/** Characters of the longest URI that is read, and of the longest template. */
export const MAX_URI = 8192;

export interface ResourceOptions extends Described {
  readonly uri: string;
  /** Bytes. */
  readonly size?: number;
}

export interface ResourceTemplateOptions<C = Completer> extends Described {
  /** RFC 6570, level 1: `scheme://path/{variable}`. */
  readonly uriTemplate: string;
  /** Completes the value of a variable (`completion/complete`). */
  readonly complete?: Readonly<Record<string, C>>;
}

/** Contents that are on the wire already, of several parts maybe: what an upstream answered. */
export class ResourceParts {
  constructor(
    readonly parts: readonly object[],
    /** The other members of the result. */
    readonly members: Readonly<Record<string, unknown>> = {},
  ) {}
}

/** Contents: text as it is, bytes as a blob, parts as they are, anything else as JSON. */
export type ResourceContent = string | Uint8Array | ResourceParts | object;

type ResourceMethod = (context: CallContext) => Promise<ResourceContent>;
type ResourceTemplateMethod = (variables: UriVariables, context: CallContext) => Promise<ResourceContent>;

/** Makes a method of a provider a resource. */
export const Resource =
  (options: ResourceOptions) =>
  <M extends ResourceMethod>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    SetMetadata(RESOURCE_METADATA, options)(target, key, descriptor as PropertyDescriptor);
  };

/** Makes a method of a provider a family of resources. */
export const ResourceTemplate =
  (options: ResourceTemplateOptions<CompleterSource>) =>
  <M extends ResourceTemplateMethod>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    SetMetadata(RESOURCE_TEMPLATE_METADATA, options)(target, key, descriptor as PropertyDescriptor);
  };
