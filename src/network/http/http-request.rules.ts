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
 * What may be sent for this caller. Values are in no message: they may be secret.
 *
 * @throws ToolError `invalid_arguments`, `policy_denied`.
 */
export function checkedHeaders(
  method: string,
  given: Readonly<Record<string, string>>,
  { scopes }: Principal,
): RequestHeaders {
  const mayWrite = scopes.includes(SCOPE);
  if (method === 'CONNECT' || method === 'TRACE') throw refused(`The method ${method}`, 'is never sent');
  if (!SAFE_METHODS.has(method) && !mayWrite) throw lacksScope(`The method ${method}`);
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
    if (isCredential(name) && !mayWrite) throw lacksScope(what);
    headers[name] = value;
  }
  return headers;
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
