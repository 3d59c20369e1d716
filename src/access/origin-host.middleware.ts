import type { NextFunction, Request, Response } from 'express';
import { AppError } from '../core/errors.js';
import type { Configuration } from '../config/configuration.js';

const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];
const PROBE_PATHS = /^\/(health(\/.*)?|status|metrics)\/?$/;

const isLoopback = (address: string): boolean => /^(127\.|::1$)/.test(address);

/**
 * Refuses a browser page of another origin and a rebound DNS name (MCP, transports, "Security Warning"). An absent
 * Origin passes: it is no browser. The Host is checked when ALLOWED_HOSTS is set or when we listen on loopback only,
 * and never on probes.
 */
export function originHostMiddleware(
  config: Configuration['http'],
  onAnswered: (request: Request, status: number) => void,
) {
  const origins = new Set(config.allowedOrigins);
  const hosts = new Set(
    config.allowedHosts.length > 0 ? config.allowedHosts : isLoopback(config.host) ? LOOPBACK_NAMES : [],
  );
  return (request: Request, response: Response, next: NextFunction): void => {
    const { origin, host = '' } = request.headers;
    if (hosts.size > 0 && !PROBE_PATHS.test(request.path) && !isAllowedHost(hosts, host)) {
      throw new AppError('host_not_allowed', { detail: 'The Host header names a host that is not allowed' });
    }
    if (origin === undefined) {
      next();
      return;
    }
    if (!origins.has(origin)) {
      throw new AppError('origin_not_allowed', {
        detail: 'The Origin header names an origin that is not allowed',
      });
    }
    allowCrossOrigin(origin, response);
    if (request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined) {
      answerPreflight(response);
      onAnswered(request, response.statusCode);
      return;
    }
    next();
  };
}

/** With a port when the list names one, without it otherwise. */
function isAllowedHost(hosts: ReadonlySet<string>, header: string): boolean {
  const host = header.toLowerCase();
  return hosts.has(host) || hosts.has(host.replace(/:\d+$/, ''));
}

// The Fetch standard, "CORS protocol".
function allowCrossOrigin(origin: string, response: Response): void {
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Vary', 'Origin');
  response.setHeader(
    'Access-Control-Expose-Headers',
    'x-correlation-id, Mcp-Session-Id, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, WWW-Authenticate',
  );
}

function answerPreflight(response: Response): void {
  response.setHeader('Access-Control-Allow-Methods', 'GET, POST, DELETE');
  response.setHeader(
    'Access-Control-Allow-Headers',
    'Content-Type, Accept, Authorization, x-api-key, x-correlation-id, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id, Last-Event-ID',
  );
  response.setHeader('Access-Control-Max-Age', '600');
  response.status(204).end();
}
