import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { setImmediate } from 'node:timers/promises';
import type { INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Application } from 'express';
import type { KeyPair } from '../config/tls.js';
import { boundChunks } from './body.chunks.js';
import { withPath } from './request-target.js';

/** A handshake has to be done within this time. */
const HANDSHAKE_TIMEOUT_MS = 15_000;

/** How often a listener looks for requests that are too slow. Node's own 30 s would double the times they may take. */
const LOOK_FOR_SLOW_MS = 1000;

/**
 * Express behind a listener for HTTP and, where there is a key pair, one for TLS. Closing waits for the requests of
 * both.
 */
export class HttpAdapter extends ExpressAdapter {
  readonly tlsServer: TlsServer | undefined;

  constructor(pair?: KeyPair) {
    super();
    const app = this.getInstance<Application>();
    boundChunks(prototypesOf(app).request);
    this.tlsServer =
      pair &&
      createTlsServer(
        { ...pair, ...optionsOf(app), minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_TIMEOUT_MS },
        withPath(app),
      );
  }

  override initHttpServer(): void {
    const app = this.getInstance<Application>();
    this.httpServer = createServer(optionsOf(app), withPath(app));
  }

  override async close(): Promise<void> {
    // What has arrived is read before that: a connection with a request in it would count as idle, and be reset.
    await setImmediate();
    const { tlsServer } = this;
    await Promise.all([super.close(), tlsServer && new Promise((resolve) => tlsServer.close(resolve))]);
  }
}

/** The server for HTTP, and the one for TLS where there is one. */
export function serversOf(app: INestApplication): readonly Server[] {
  const adapter = app.getHttpAdapter() as unknown;
  const plain = app.getHttpServer() as Server;
  const tls = adapter instanceof HttpAdapter ? adapter.tlsServer : undefined;
  return tls === undefined ? [plain] : [plain, tls];
}

/**
 * Requests and responses that inherit from those of the application from the beginning. Express would otherwise change
 * the prototype of each, which costs more than all that it does besides.
 */
function optionsOf(app: Application) {
  const { request, response } = prototypesOf(app);
  return {
    IncomingMessage: heirOf(IncomingMessage, request),
    ServerResponse: heirOf(ServerResponse, response),
    connectionsCheckingInterval: LOOK_FOR_SLOW_MS,
  };
}

const prototypesOf = (app: Application) => app as unknown as { request: object; response: object };

function heirOf<T extends new (...args: never[]) => object>(base: T, prototype: object): T {
  function Heir(...args: unknown[]): unknown {
    return Reflect.construct(base, args, Heir);
  }
  Heir.prototype = prototype;
  return Heir as unknown as T;
}
