import { UpstreamError } from '../upstream.error.js';
import type { Arguments } from '../upstream.port.js';
import { Allowance } from './allowance.js';
import { encodeBody } from './body.encoder.js';
import { type Credentials, credentialsFor } from './credentials.js';
import type { Operation, OperationParameter } from './operation.js';
import { headerText, pairs, pathText } from './parameter.serializer.js';

export interface RequestOptions {
  /** Without a slash at its end. */
  readonly baseUrl: URL;
  readonly credentials: Credentials;
  /**
   * The headers of the entry, and over them those of the caller that go on: both win over what the caller says in
   * arguments.
   */
  readonly headers: Readonly<Record<string, string>>;
}

export interface BuiltRequest {
  readonly url: URL;
  readonly init: RequestInit & { readonly headers: Headers };
}

/** Characters of the URL and the headers that are made of arguments: few servers take as many. */
export const MAX_HEAD = 65_536;

/**
 * The HTTP request of a call. It never leaves the base URL, whatever the arguments are.
 *
 * @throws UpstreamError `refused` for arguments that cannot be sent.
 */
export function buildRequest(operation: Operation, args: Arguments, options: RequestOptions): BuiltRequest {
  const given = operation.parameters.filter(({ argument }) => isGiven(args[argument]));
  const credentials = credentialsFor(operation.security, options.credentials);
  const headers = new Headers({ accept: operation.accept });
  const allowance = new Allowance(MAX_HEAD, 'URL and headers');
  for (const { how, argument } of of('header', given))
    setHeader(headers, how.name, headerText(how, args[argument], allowance));
  const query = of('query', given).flatMap(({ how, argument }) => pairs(how, args[argument], allowance));
  const cookies = of('cookie', given).flatMap(({ how, argument }) => pairs(how, args[argument], allowance));

  for (const { place, name, value } of credentials) {
    if (place === 'header') setHeader(headers, name, value);
    else replace(place === 'query' ? query : cookies, encodeURIComponent(name), encodeURIComponent(value));
  }
  if (cookies.length > 0) setHeader(headers, 'cookie', cookies.map((pair) => pair.join('=')).join('; '));
  for (const [name, value] of Object.entries(options.headers)) setHeader(headers, name, value);

  const { body } = operation;
  const isSent = body !== undefined && args[body.argument] !== undefined;
  const encoded = isSent ? encodeBody(body, args[body.argument]) : undefined;
  if (encoded?.contentType !== undefined) headers.set('content-type', encoded.contentType);
  else if (encoded !== undefined) headers.delete('content-type');
  return {
    url: urlOf(operation, args, { baseUrl: options.baseUrl, query, allowance }),
    init: { method: operation.method, headers, ...(encoded && { body: encoded.content }) },
  };
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

const of = (location: string, parameters: readonly OperationParameter[]): OperationParameter[] =>
  parameters.filter(({ how }) => how.location === location);

function setHeader(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    // RFC 9110, 5.5. The value is not repeated: it may be a credential.
    throw new UpstreamError(
      'refused',
      `The value for the header ${name} has characters that no header may have`,
    );
  }
}

function replace(list: (readonly [string, string])[], name: string, value: string): void {
  const others = list.filter(([other]) => other !== name);
  list.splice(0, list.length, ...others, [name, value]);
}

interface UrlParts {
  readonly baseUrl: URL;
  readonly query: readonly (readonly [string, string])[];
  readonly allowance: Allowance;
}

function urlOf(
  { path, parameters }: Operation,
  args: Arguments,
  { baseUrl, query, allowance }: UrlParts,
): URL {
  const inPath = new Map(of('path', parameters).map((parameter) => [parameter.how.name, parameter]));
  // Some documents tell operations apart by what no path has: a query is sent as one, and a fragment never is.
  const [beforeFragment = ''] = path.split('#', 1);
  const filled = beforeFragment.replaceAll(/\{([^{}]*)\}/g, (_template, name: string) => {
    const parameter = inPath.get(name);
    return parameter === undefined ? '' : segment(parameter, args[parameter.argument], allowance);
  });
  // A URL takes "%2e%2e" for ".." (URL standard, "double-dot path segment").
  if (/(?:^|[/?])(?:\.|%2e){1,2}(?:[/?]|$)/i.test(filled))
    throw new UpstreamError('refused', 'An argument would lead to another path');
  const base = `${baseUrl.origin}${baseUrl.pathname.replace(/\/$/, '')}`;
  const search = query.map((pair) => pair.join('=')).join('&');
  const separator = search === '' ? '' : filled.includes('?') ? '&' : '?';
  return new URL(`${base}${filled}${separator}${search}`);
}

/** An empty one would name the collection instead of its member: `DELETE /pets/`. */
function segment({ how, argument }: OperationParameter, value: unknown, allowance: Allowance): string {
  const text = isGiven(value) ? pathText(how, value, allowance) : '';
  if (text === '') throw new UpstreamError('refused', `${argument} is empty, and stands in the path`);
  return text;
}
