import { isIP } from 'node:net';
import type { Request, Response } from 'express';
import { AppError } from '../core/errors.js';
import { isLoopbackAddress } from '../config/values/ip-network.js';
import { requestContext } from '../observability/request-context.js';
import { answer } from './response.writer.js';
import type { Configuration } from '../config/configuration.js';

const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];
const PROBE_PATHS = /^\/(health(\/.*)?|status|metrics)\/?$/;

/** The files of the status page are for everybody, and browsers ask for a module with an Origin always. */
const PAGE_FILES = /^\/page\/[\w.-]+$/;

/** What names a host (RFC 3986, 3.2.2 and 3.2.3), without what no name has and a list of several would. */
const HOST = /^(?:\[[0-9a-f:.]+\]|[\w.~%-]*)(?::\d*)?$/i;

/**
 * Refuses a browser page of another origin and a rebound DNS name (MCP, transports, "Security Warning"). An absent
 * Origin passes: it is no browser. The Host is checked when ALLOWED_HOSTS is set or when we listen on loopback only,
 * and never on probes.
 */
export function originHostMiddleware(
  config: Configuration['http'],
  onAnswered: (request: Request, response: Response) => void,
) {
  const origins = new Set(config.allowedOrigins);
  const hosts = new Set(
    config.allowedHosts.length > 0
      ? config.allowedHosts
      : isLoopbackAddress(config.host)
        ? LOOPBACK_NAMES
        : [],
  );
  // Nearly every request names the same host as the one before.
  let lastGoodHost: string | undefined;
  const isAllowed = (host: string | undefined): boolean => {
    if (host === undefined) return hosts.size === 0;
    if (host === lastGoodHost) return true;
    if (!HOST.test(host)) throw new AppError('bad_request', { detail: 'The Host header names no host' });
    if (hosts.size > 0 && !isAllowedHost(hosts, host)) return false;
    lastGoodHost = host;
    return true;
  };
  return (request: Request, response: Response, next: () => void): void => {
    const { origin, host } = request.headers;
    checkHostLines(request);
    if (!isAllowed(host) && !PROBE_PATHS.test(request.path)) {
      throw new AppError('host_not_allowed', { detail: 'The Host header names a host that is not allowed' });
    }
    if (origin === undefined) {
      next();
      return;
    }
    // A page that this server itself would serve; trustworthy only where the Host has been checked, or is no name that
    // somebody else's name server could lead here.
    const isSameOrigin =
      (hosts.size > 0 || isUnmovable(host)) &&
      /^https?:\/\//.test(origin) &&
      origin.replace(/^https?:\/\//, '') === host;
    if (!isSameOrigin && !origins.has(origin)) {
      if (PAGE_FILES.test(request.path)) {
        next();
        return;
      }
      throw new AppError('origin_not_allowed', {
        detail: 'The Origin header names an origin that is not allowed',
      });
    }
    requestContext(request).responseHeaders.push(...crossOriginHeaders(origin));
    if (request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined) {
      onAnswered(request, response);
      answer(response, 204, preflightHeaders(request), '');
      return;
    }
    next();
  };
}

/** An address, or the name that browsers never look up (RFC 6761, 6.3): no DNS name is rebound to these. */
function isUnmovable(host = ''): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  return name === 'localhost' || isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}

/**
 * RFC 9112, 3.2: exactly one, but in HTTP/1.0, which had no such header. Node keeps the first and drops the others, and
 * what stands in front may have gone by the last.
 */
function checkHostLines({ rawHeaders, httpVersionMinor, headers }: Request): void {
  if (headers.host === undefined) {
    if (httpVersionMinor > 0) throw new AppError('bad_request', { detail: 'The request has no Host header' });
    return;
  }
  let lines = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.length === 4 && name.toLowerCase() === 'host') lines += 1;
  }
  if (lines > 1) throw new AppError('bad_request', { detail: 'The request has more than one Host header' });
}

/** With a port when the list names one, without it otherwise. */
function isAllowedHost(hosts: ReadonlySet<string>, header: string): boolean {
  const host = header.toLowerCase();
  if (hosts.has(host)) return true;
  const port = host.lastIndexOf(':');
  return port > 0 && /^\d+$/.test(host.slice(port + 1)) && hosts.has(host.slice(0, port));
}

// The Fetch standard, "CORS protocol".
const crossOriginHeaders = (origin: string): readonly string[] => [
  'Access-Control-Allow-Origin',
  origin,
  'Vary',
  'Origin',
  'Access-Control-Expose-Headers',
  'x-correlation-id, x-conversation-id, ETag, Idempotency-Replayed, Mcp-Session-Id, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, RateLimit-Policy, RateLimit, Retry-After, WWW-Authenticate',
];

const ALLOWED_HEADERS =
  'Content-Type, Accept, Authorization, If-None-Match, Idempotency-Key, x-api-key, x-correlation-id, traceparent, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id, Last-Event-ID';
/** Field names of RFC 9110, 5.1. */
const MIRRORED_ARGUMENT = /^mcp-param-[!#$%&'*+.^_`|~0-9a-z-]+$/i;

/**
 * Which arguments a tool mirrors in headers is the tool's business, and the Fetch standard has no wildcard for a part
 * of a name, nor one that would cover Authorization: so of the `Mcp-Param-*` those are allowed that are asked for.
 */
function preflightHeaders({ headers }: Request): readonly string[] {
  const mirrored = (headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => MIRRORED_ARGUMENT.test(name));
  return [
    'Access-Control-Allow-Methods',
    'GET, POST, DELETE',
    'Access-Control-Allow-Headers',
    [ALLOWED_HEADERS, ...mirrored].join(', '),
    'Access-Control-Max-Age',
    '600',
  ];
}
