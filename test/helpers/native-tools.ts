import 'reflect-metadata';
import { NetworkModule } from '../../src/network/network.module.js';
import { TOOL_METADATA, type ToolOptions } from '../../src/tools/tool.decorator.js';

type Provider = { readonly prototype?: object };

/** What the `@Tool` methods of the server's own tools state: no list, so that a new one goes into none. */
export const NATIVE_TOOL_OPTIONS: readonly ToolOptions[] = (
  Reflect.getMetadata('providers', NetworkModule) as readonly Provider[]
)
  .flatMap(({ prototype = {} }) =>
    Object.getOwnPropertyNames(prototype).map((name): unknown => Reflect.get(prototype, name)),
  )
  .filter((method) => typeof method === 'function')
  .map((method) => Reflect.getMetadata(TOOL_METADATA, method) as ToolOptions | undefined)
  .filter((options) => options !== undefined);

/** Their names, ordered as `tools/list` has them. */
export const NATIVE_TOOLS: readonly string[] = NATIVE_TOOL_OPTIONS.map(({ name }) => name).sort();
