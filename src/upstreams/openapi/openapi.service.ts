import { cut } from '../../core/quote.js';
import { isObject } from '../../core/is-object.js';
import type { OpenApiUpstream } from '../file/upstream.entry.js';
import { trimEnd } from '../../core/trim-end.js';
import { UpstreamError } from '../upstream.error.js';
import { type Credentials, placeCredentials } from './credentials.js';
import type { LoadedDocument } from './document.loader.js';
import { isUrl } from './document.source.js';
import type { OpenApiDocument, ServerObject } from './document.types.js';
import type { Operation } from './operation.js';
import { compileOperations, type CompiledOperations, MAX_NAMED } from './operations.compiler.js';

interface About {
  /** The version of OpenAPI. */
  readonly openapi: string;
  readonly title: string | undefined;
  readonly version: string | undefined;
}

/** Characters of each of them. */
const MAX_SHOWN = 200;

function aboutOf({ openapi, info }: OpenApiDocument): About {
  const shown = (text: unknown): string | undefined =>
    typeof text === 'string' ? cut(text, MAX_SHOWN) : undefined;
  return { openapi: cut(openapi, MAX_SHOWN), title: shown(info?.title), version: shown(info?.version) };
}

/** An HTTP API as its document and its entry describe it together. */
export interface OpenApiService extends CompiledOperations {
  /** What the document says of itself. */
  readonly about: About;
  readonly baseUrl: URL;
  readonly credentials: Credentials;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly problems: readonly string[];
}

/** @throws UpstreamError when nothing says where the operations are, or the credentials do not fit. */
export function describeService(
  entry: OpenApiUpstream,
  { document, problems, leftOut }: LoadedDocument,
): OpenApiService {
  const baseUrl = baseUrlOf(entry, document);
  const { tags, excludeTags, outputSchemas } = entry;
  const compiled = compileOperations(document, {
    wants: (all) =>
      (tags === undefined || all.some((tag) => tags.includes(tag))) &&
      !all.some((tag) => excludeTags.includes(tag)),
    isOurServer: isOurServer(entry, document, baseUrl),
    outputSchemas: outputSchemas !== 'off',
  });
  return {
    about: aboutOf(document),
    baseUrl,
    problems,
    credentials: placeCredentials(document, entry.auth),
    operations: compiled.operations,
    leftOut: [...leftOut, ...compiled.leftOut].slice(0, MAX_NAMED),
    leftOutCount: leftOut.length + compiled.leftOutCount,
  };
}

/**
 * Credentials go where this leads, so a document from the network may not say it of another origin than its own.
 */
function baseUrlOf(entry: OpenApiUpstream, document: OpenApiDocument): URL {
  if (entry.baseUrl !== undefined) return new URL(entry.baseUrl);
  const origin = isUrl(entry.openapi) ? entry.openapi : undefined;
  const url = URL.parse(urlOf(firstServer(document) ?? {}), origin);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UpstreamError('malformed', 'The document does not say where its operations are: set baseUrl');
  }
  if (origin !== undefined && url.origin !== new URL(origin).origin) {
    throw new UpstreamError(
      'malformed',
      `The document places its operations at ${url.origin}: set baseUrl if that is right`,
    );
  }
  return url;
}

/**
 * What `baseUrl` of the entry stands for is the document's first server, wherever in it that is named: nothing is sent
 * there that is meant for another one.
 */
function isOurServer({ openapi }: OpenApiUpstream, document: OpenApiDocument, baseUrl: URL) {
  const location = isUrl(openapi) ? openapi : undefined;
  const named = firstServer(document) ?? firstServerOfPaths(document);
  const first = URL.parse(urlOf(named ?? {}), location ?? 'http://nowhere.invalid/');
  const ours = new Set([addressOf(baseUrl), addressOf(first)]);
  return (server: ServerObject): boolean => {
    const address = addressOf(URL.parse(urlOf(server), location ?? first?.href));
    return address !== undefined && ours.has(address);
  };
}

/** The same for all spellings. */
const addressOf = (url: URL | null): string | undefined =>
  url === null ? undefined : `${url.origin}${trimEnd(url.pathname, /\//)}`;

function firstServer({ servers }: { readonly servers?: unknown }): ServerObject | undefined {
  const [first] = Array.isArray(servers) ? (servers as readonly unknown[]) : [];
  return isObject(first) && typeof first['url'] === 'string' ? first : undefined;
}

function firstServerOfPaths({ paths }: OpenApiDocument): ServerObject | undefined {
  for (const item of Object.values(paths).filter(isObject)) {
    for (const part of [item, ...Object.values(item)].filter(isObject)) {
      const server = firstServer(part);
      if (server !== undefined) return server;
    }
  }
  return undefined;
}

/** Where nothing is said, it is the root of where the document is (OpenAPI 3.1, "OpenAPI Object"). */
const urlOf = ({ url, variables }: ServerObject): string =>
  (url ?? '/').replaceAll(/\{([^{}]*)\}/g, (_template, name: string) => said(variables?.[name]?.default));

const said = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
