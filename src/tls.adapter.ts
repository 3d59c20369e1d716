import type { Server } from 'node:http';
import { createServer, type Server as TlsServer } from 'node:https';
import type { INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { KeyPair } from './config/tls.js';

/** A handshake has to be done within this time. */
const HANDSHAKE_TIMEOUT_MS = 15_000;

/** Express behind two listeners: one for HTTP, and one for HTTP over TLS. Closing waits for the requests of both. */
export class TlsExpressAdapter extends ExpressAdapter {
  readonly tlsServer: TlsServer;

  constructor(pair: KeyPair) {
    super();
    this.tlsServer = createServer(
      { ...pair, minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_TIMEOUT_MS },
      this.getInstance(),
    );
  }

  override async close(): Promise<void> {
    await Promise.all([super.close(), new Promise((resolve) => this.tlsServer.close(resolve))]);
  }
}

/** The server for HTTP, and the one for TLS where there is one. */
export function serversOf(app: INestApplication): readonly Server[] {
  const adapter = app.getHttpAdapter() as unknown;
  const plain = app.getHttpServer() as Server;
  return adapter instanceof TlsExpressAdapter ? [plain, adapter.tlsServer] : [plain];
}
