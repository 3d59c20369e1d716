import type { IncomingMessage } from 'node:http';
import type { Principal } from '../core/principal.js';
import { requestContext } from '../observability/request-context.js';
import type { Recognised } from './credential-verifier.port.js';

const RECOGNISED = Symbol('mcpo:recognised');

type Authenticated = IncomingMessage & { [RECOGNISED]?: Recognised };

export function setRecognised(request: IncomingMessage, recognised: Recognised): void {
  (request as Authenticated)[RECOGNISED] = recognised;
}

/** Who stands behind the request; `undefined` on a public route that was called without a key. */
export function principalOf(request: IncomingMessage): Principal | undefined {
  return (request as Authenticated)[RECOGNISED]?.principal;
}

/** Whether the credential of a request that takes long, such as a stream, is still good. */
export function isStillRecognised(request: IncomingMessage): boolean {
  return (request as Authenticated)[RECOGNISED]?.holds(requestContext(request)) === true;
}
