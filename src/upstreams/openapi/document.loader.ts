import { readFile } from 'node:fs/promises';
import { isObject } from '../../core/is-object.js';
import { UpstreamError } from '../upstream.error.js';
import type { JsonObject, OpenApiDocument } from './document.types.js';

/** Where a document comes from: a URL, or a path on this machine. */
export const isUrl = (source: string): boolean => /^https?:\/\//i.test(source);

export interface LoadedDocument {
  /** As OpenAPI 3.1, whatever it was. */
  readonly document: OpenApiDocument;
  /** What is not right about it, and does not keep its operations from being called. */
  readonly problems: readonly string[];
}

/**
 * Reads an OpenAPI document (Swagger 2.0, OpenAPI 3.0, 3.1; JSON or YAML). Nothing that it refers to is read.
 *
 * @throws UpstreamError when it is none.
 */
export async function readDocument(text: string): Promise<LoadedDocument> {
  // They take a third of a second to load, which a server without such upstreams does not spend.
  const { upgrade, validate } = await import('@scalar/openapi-parser');
  const parsed = await parse(text);
  const { valid, errors = [] } = await validate(JSON.stringify(parsed));
  const document: unknown = upgrade(parsed).specification;
  if (!isDocument(document)) {
    throw malformed(
      `It is no OpenAPI document: ${errors[0]?.message ?? 'neither swagger nor openapi is there'}`,
    );
  }
  return { document, problems: valid ? [] : errors.map(({ message }) => message) };
}

/** @throws UpstreamError when the file cannot be read. */
export async function readDocumentFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as { code?: string };
    throw new UpstreamError('unreachable', `The document cannot be read (${code ?? 'unknown'})`, {
      cause: error,
    });
  }
}

async function parse(text: string): Promise<JsonObject> {
  const value = text.trimStart().startsWith('{') ? parseJson(text) : await parseYaml(text);
  if (!isObject(value)) throw malformed('The document is no object');
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(`The document is no JSON: ${(error as Error).message}`);
  }
}

async function parseYaml(text: string): Promise<unknown> {
  const { parseDocument } = await import('yaml');
  const parsed = parseDocument(text);
  const [error] = parsed.errors;
  if (error !== undefined) throw malformed(`The document is no YAML: ${error.message.split('\n', 1)[0]}`);
  try {
    // Through JSON, because aliases would make one object of several. An excess of them throws.
    return JSON.parse(JSON.stringify(parsed.toJS()));
  } catch (reason) {
    throw malformed(`The document is no YAML: ${(reason as Error).message}`);
  }
}

const isDocument = (value: unknown): value is OpenApiDocument =>
  isObject(value) && typeof value['openapi'] === 'string' && isObject(value['paths']);

const malformed = (message: string): UpstreamError => new UpstreamError('malformed', message);
