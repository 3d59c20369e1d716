import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import { endpointsOfUrls, OwnEndpoints } from './own-endpoints.service.js';

const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Names the parts of this server that its configuration knows; those of a file are named by who reads it. */
@Injectable()
export class ServerParts {
  constructor(@Inject(Configuration) { storage, chat, http }: Configuration, endpoints: OwnEndpoints) {
    endpoints.set('storage', storage.redis?.nodes ?? []);
    endpoints.set('chat', chat.isServerNamed ? endpointsOfUrls([chat.serverUrl]) : []);
    // What listens on all addresses is found under the one that every machine has.
    const host = EVERYWHERE.has(http.host) ? '127.0.0.1' : http.host;
    const ports = [http.port, ...(http.tls.enabled ? [http.tls.port] : [])].filter((port) => port !== 0);
    endpoints.set(
      'listener',
      ports.map((port) => ({ host, port })),
    );
  }
}
