import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';

/**
 * That nobody on the way may keep an answer (RFC 9111, 5.2.2.5), and the headers that helmet sets, as a flat list of
 * names and values. Helmet's answer does not depend on the request, so it is asked once. Left out is what concerns
 * documents of long-gone browsers: every answer here is data.
 */
export function securityHeaders(): readonly string[] {
  const headers: string[] = ['Cache-Control', 'no-store'];
  const recorder = {
    setHeader: (name: string, value: string) => headers.push(name, value),
    removeHeader: () => undefined,
  };
  const middleware = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    crossOriginEmbedderPolicy: false,
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
  middleware({} as IncomingMessage, recorder as unknown as ServerResponse, (error) => {
    if (error !== undefined) throw new Error('Helmet refused its options', { cause: error });
  });
  return headers;
}
