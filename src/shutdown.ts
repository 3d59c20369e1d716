import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplication } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Configuration } from './config/configuration.js';
import { Lifecycle } from './core/lifecycle.js';

const SWEEP_MS = 50;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Ends the process in order on SIGTERM or SIGINT: readiness goes off at once, requests are served on for
 * SHUTDOWN_DELAY_MS while load balancers take notice, then no connection is accepted any more, the calls in flight
 * finish, and the process exits with 0. A second signal ends it at once with 1, and so do calls that have not finished
 * SHUTDOWN_TIMEOUT_MS after the delay.
 */
export function shutDownOnSignals(
  app: INestApplication,
  config: Configuration['shutdown'],
  logger: Logger,
): void {
  let isStopping = false;
  // The log is written to its end when the process exits.
  const exit = (code: number): never => process.exit(code);
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isStopping) {
      logger.warn({ signal }, 'Second signal: stopping without waiting');
      exit(1);
    }
    isStopping = true;
    setTimeout(() => {
      logger.error({ timeoutMs: config.timeoutMs }, 'Calls were still in flight at SHUTDOWN_TIMEOUT_MS');
      exit(1);
    }, config.delayMs + config.timeoutMs).unref();
    logger.info({ signal, delayMs: config.delayMs }, 'Shutting down');
    drain(app, config.delayMs).then(
      () => {
        logger.info('Shut down');
        exit(0);
      },
      (error: unknown) => {
        logger.error({ err: error }, 'Shutdown failed');
        exit(1);
      },
    );
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

/**
 * Makes the closing server close connections on which nothing has ever come, too. Clients open them in advance, and
 * Node's `closeIdleConnections()`, part of `server.close()`, takes only those that have carried a request: one silent
 * connection would hold up the shutdown until SHUTDOWN_TIMEOUT_MS.
 */
export function closeSilentConnections(server: Server): void {
  const connections = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  const closeIdle = server.closeIdleConnections.bind(server);
  server.closeIdleConnections = () => {
    closeIdle();
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
  };
}

async function drain(app: INestApplication, delayMs: number): Promise<void> {
  app.get(Lifecycle).markDraining();
  const server = app.getHttpServer() as Server;
  // Clients on kept-alive connections learn to go elsewhere with their next answer.
  server.prependListener('request', (_request, response: ServerResponse) => {
    response.shouldKeepAlive = false;
  });
  if (delayMs > 0) await sleep(delayMs);
  // A connection that carried a call when the server closed turns idle afterwards, and Node does not look again.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
  }
}
