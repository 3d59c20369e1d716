import type { Tool } from '@modelcontextprotocol/client';
import { readDocument } from '../../../src/upstreams/openapi/document.loader.js';
import { readDocumentFile } from '../../../src/upstreams/openapi/document.source.js';
import {
  type CompiledOperations,
  compileOperations,
} from '../../../src/upstreams/openapi/operations.compiler.js';
import { ORDERS_DOCUMENT } from './service.js';

/** The operations of the orders API, and what is not right about its document. */
export async function compileOrders(): Promise<CompiledOperations & { readonly faults: readonly string[] }> {
  const { document, problems } = await readDocument((await readDocumentFile(ORDERS_DOCUMENT)).bytes);
  const compiled = compileOperations(document, {
    wants: () => true,
    isOurServer: () => true,
    outputSchemas: true,
  });
  return { ...compiled, faults: problems };
}

/** A document as somebody writes it, in any version, through the loader. */
export async function compile(document: object): Promise<CompiledOperations> {
  const loaded = await readDocument(new TextEncoder().encode(JSON.stringify(document)));
  return compileOperations(loaded.document, {
    wants: () => true,
    isOurServer: () => false,
    outputSchemas: true,
  });
}

export const withPaths = (paths: object, components: object = {}): object => ({
  openapi: '3.1.0',
  info: { title: 'A', version: '1' },
  paths,
  components,
});

export const OK = { responses: { '200': { description: 'OK' } } };

export function toolOf({ operations }: CompiledOperations, name: string): Tool {
  const operation = operations.get(name);
  if (operation === undefined) throw new Error(`No ${name} among ${[...operations.keys()].join(', ')}`);
  return operation.tool;
}
