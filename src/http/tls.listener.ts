import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Configuration } from '../config/configuration.js';
import { readKeyPair } from '../config/tls.js';
import { WatchedFiles } from '../observability/watched-files.service.js';
import type { HttpAdapter } from './http.adapter.js';
import type { InheritedSockets } from './inherited-sockets.js';

/**
 * Listens for HTTP over TLS, where HTTPS_ENABLED says so. A new certificate is used for the connections that come after
 * it; one that does not fit its key changes nothing.
 *
 * @returns the port, or `undefined` when there is no such listener.
 */
export async function listenForTls(
  app: NestExpressApplication,
  inherited: InheritedSockets,
): Promise<number | undefined> {
  const { host, tls } = app.get<Configuration>(Configuration).http;
  const { tlsServer } = app.getHttpAdapter() as unknown as HttpAdapter;
  if (tlsServer === undefined) return undefined;
  app.get(WatchedFiles).watch({
    name: 'certificate',
    path: tls.certificatePath,
    besidePath: tls.keyPath,
    parse: () => readKeyPair(tls.keyPath, tls.certificatePath),
    apply: (pair) => tlsServer.setSecureContext({ ...pair, minVersion: 'TLSv1.2' }),
  });
  const [place, more] = inherited.listenArguments(tlsServer, { host, port: tls.port });
  await once(tlsServer.listen(place as number, more as string), 'listening');
  return (tlsServer.address() as AddressInfo).port;
}
