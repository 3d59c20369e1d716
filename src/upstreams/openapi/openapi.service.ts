import { cut } from '../../core/quote.js';
import type { OpenApiUpstream } from '../file/upstream.entry.js';
import { UpstreamError } from '../upstream.error.js';
import { type Credentials, placeCredentials } from './credentials.js';
import { isUrl, type LoadedDocument } from './document.loader.js';
import type { OpenApiDocument, ServerObject } from './document.types.js';
import type { Operation } from './operation.js';
import { compileOperations, type CompiledOperations } from './operations.compiler.js';

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
  { document, problems }: LoadedDocument,
): OpenApiService {
  const baseUrl = baseUrlOf(entry, document);
  const { tags, excludeTags, outputSchemas } = entry;
  return {
    about: aboutOf(document),
    baseUrl,
    problems,
    credentials: placeCredentials(document, entry.auth),
    ...compileOperations(document, {
      wants: (all) =>
        (tags === undefined || all.some((tag) => tags.includes(tag))) &&
        !all.some((tag) => excludeTags.includes(tag)),
      isOurServer: (url) =>
        entry.baseUrl !== undefined || URL.parse(url, baseUrl.href)?.href === baseUrl.href,
      outputSchemas: outputSchemas !== 'off',
    }),
  };
}

/**
 * Credentials go where this leads, so a document from the network may not say it of another origin than its own.
 */
function baseUrlOf(entry: OpenApiUpstream, { servers = [] }: OpenApiDocument): URL {
  if (entry.baseUrl !== undefined) return new URL(entry.baseUrl);
  const [server] = servers;
  const origin = isUrl(entry.openapi) ? entry.openapi : undefined;
  const url = URL.parse(server === undefined ? '/' : urlOf(server), origin);
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

const urlOf = ({ url = '/', variables = {} }: ServerObject): string =>
  url.replaceAll(/\{([^{}]*)\}/g, (_template, name: string) => variables[name]?.default ?? '');
