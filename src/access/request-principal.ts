import type { IncomingMessage } from 'node:http';
import type { Principal } from '../core/principal.js';

const PRINCIPAL = Symbol('mcpo:principal');

type Authenticated = IncomingMessage & { [PRINCIPAL]?: Principal };

export function setPrincipal(request: IncomingMessage, principal: Principal): void {
  (request as Authenticated)[PRINCIPAL] = principal;
}

/** Who stands behind the request; `undefined` on a public route that was called without a key. */
export function principalOf(request: IncomingMessage): Principal | undefined {
  return (request as Authenticated)[PRINCIPAL];
}
