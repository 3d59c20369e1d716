import 'reflect-metadata';
import { NetworkModule } from '../../src/network/network.module.js';
import { NetworkResourcesModule } from '../../src/network/network-resources.module.js';
import { TOOL_METADATA, type ToolOptions } from '../../src/tools/tool.decorator.js';

type Provider = { readonly prototype?: object };

/** What the `@Tool` methods of the network tools state: no list, so that a new one goes into none. */
export const NETWORK_TOOL_OPTIONS = toolsOf(NetworkModule);

const ALL_OPTIONS = [...NETWORK_TOOL_OPTIONS, ...toolsOf(NetworkResourcesModule)];

/** The names of all tools that the server brings along, ordered as `tools/list` has them. */
export const NATIVE_TOOLS: readonly string[] = ALL_OPTIONS.map(({ name }) => name).sort();

/** Those of them that need no scope beside the right to call tools: a usual key sees these. */
export const PLAIN_TOOLS: readonly string[] = ALL_OPTIONS.filter(({ scope }) => scope === undefined)
  .map(({ name }) => name)
  .sort();

function toolsOf(module: object): readonly ToolOptions[] {
  return (Reflect.getMetadata('providers', module) as readonly Provider[])
    .flatMap(({ prototype = {} }) =>
      Object.getOwnPropertyNames(prototype).map((name): unknown => Reflect.get(prototype, name)),
    )
    .filter((method) => typeof method === 'function')
    .map((method) => Reflect.getMetadata(TOOL_METADATA, method) as ToolOptions | undefined)
    .filter((options) => options !== undefined);
}
