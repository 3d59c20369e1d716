import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { Principal } from '../../core/principal.js';
import { quote } from '../../core/quote.js';
import { ToolError } from '../../tools/tool-error.js';
import { MAX_REQUEST_HEADERS } from './http-probe.schema.js';

const MAX_NAME = 100;
const SCOPE = 'network:http-write';
/** RFC 9110, 9.2.1, without TRACE, which sends credentials of proxies back. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** RFC 9110, 7.6.1, and what frames a message: ours to say. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['content-length', 'expect', 'http2-settings', 'host'],
]);
/** What opens the metadata services of clouds to whoever can make a server send it. */
const METADATA =
  /^(metadata(-flavor)?$|x-google-metadata-request|x-aws-ec2-metadata-token|x-metadata-token|x-identity-header$)/;
const CREDENTIAL_WORDS: ReadonlySet<string> = new Set([
  ...['authorization', 'cookie', 'cookie2', 'token', 'secret', 'password', 'passwd', 'credential'],
  ...['credentials', 'signature', 'session', 'jwt', 'auth', 'key', 'apikey'],
]);

/** Headers by their names in lower case. */
export type RequestHeaders = Readonly<Record<string, string>>;

/**
 * What may be sent by anybody at all. Values are in no message: they may be secret.
 *
 * @throws ToolError `invalid_arguments`.
 */
export function checkedHeaders(method: string, given: Readonly<Record<string, string>>): RequestHeaders {
  if (method === 'CONNECT' || method === 'TRACE') throw refused(`The method ${method}`, 'is never sent');
  const entries = Object.entries(given);
  if (entries.length > MAX_REQUEST_HEADERS)
    throw refused(`More than ${MAX_REQUEST_HEADERS} headers`, 'are not sent');
  const headers: Record<string, string> = {};
  for (const [written, value] of entries) {
    const name = written.toLowerCase();
    const what = `The header ${quote(written)}`;
    if (!isSendable(name, value)) throw refused(what, 'is none that HTTP permits');
    if (HOP_BY_HOP.has(name)) throw refused(what, 'belongs to the connection, and is not sent');
    if (METADATA.test(name)) throw refused(what, 'opens metadata services, and is never sent');
    headers[name] = value;
  }
  return headers;
}

/** The scope that a request needs beside the right to call the tool. */
export const scopeOf = (method: string, headers: RequestHeaders): typeof SCOPE | undefined =>
  whatNeedsScope(method, headers) === undefined ? undefined : SCOPE;

/** @throws ToolError `policy_denied` where this caller may not send the request. */
export function requireScope(method: string, headers: RequestHeaders, { scopes }: Principal): void {
  const what = whatNeedsScope(method, headers);
  if (what !== undefined && !scopes.includes(SCOPE)) throw lacksScope(what);
}

function whatNeedsScope(method: string, headers: RequestHeaders): string | undefined {
  if (!SAFE_METHODS.has(method)) return `The method ${method}`;
  const credential = Object.keys(headers).find(isCredential);
  return credential === undefined ? undefined : `The header ${quote(credential)}`;
}

/** Whether a header, by its name in lower case, carries what proves who is asking. */
export const isCredential = (name: string): boolean =>
  name.split(/[-_]/).some((word) => CREDENTIAL_WORDS.has(word));

function isSendable(name: string, value: string): boolean {
  try {
    if (name.length > MAX_NAME) return false;
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

const refused = (what: string, why: string): ToolError =>
  new ToolError('invalid_arguments', `${what} ${why}.`, 'Leave it out.');

const lacksScope = (what: string): ToolError =>
  new ToolError(
    'policy_denied',
    `${what} needs the scope ${SCOPE}, which the key of this call does not hold.`,
    'Use GET, HEAD or OPTIONS without credentials, or let the operator give the key that scope.',
    { rule: `scope ${SCOPE}` },
  );
