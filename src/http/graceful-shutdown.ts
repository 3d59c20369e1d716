import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { INestApplication } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Configuration } from '../config/configuration.js';
import { Lifecycle } from '../core/lifecycle.js';
import { serversOf } from './http.adapter.js';
import { isInherited } from './inherited-sockets.js';
import { openConnectionsOf } from './open-connections.js';

const SWEEP_MS = 50;
/** How long a connection that is kept alive may bring another request, after no new one is accepted. */
const LINGER_MS = 1000;
/**
 * How long what has not arrived may still do so then; after that, how long a client may take nothing of what waits for
 * it.
 */
const GRACE_MS = 2000;
/** A round of the event loop that takes no longer has done nothing; how long one is waited for. */
const QUIET_ROUND_MS = 0.1;
const QUIET_ROUND_WAIT_MS = 1000;
/** A terminal sends the signal to npm and to us, and npm passes it on: the same one within this time counts once. */
const SAME_SIGNAL_MS = 1000;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Ends the process in order on SIGTERM or SIGINT: readiness goes off at once, requests are served on for
 * SHUTDOWN_DELAY_MS while load balancers take notice, then no connection is accepted any more, subscribers hear what
 * there is to hear, the calls in flight finish, pools, children and Redis are let go, and the process exits with 0. A
 * second signal ends it at once with 1, and so do calls that have not finished SHUTDOWN_TIMEOUT_MS after the delay.
 */
export function shutDownOnSignals(
  app: INestApplication,
  config: Configuration['shutdown'],
  logger: Logger,
): void {
  let first: { readonly signal: NodeJS.Signals; readonly at: number } | undefined;
  // The log is written to its end when the process exits.
  const exit = (code: number): never => process.exit(code);
  const onSignal = (signal: NodeJS.Signals): void => {
    if (first !== undefined) {
      const isSame = signal === first.signal && performance.now() - first.at < SAME_SIGNAL_MS;
      if (isSame) return;
      logger.warn({ signal }, 'Second signal: stopping without waiting');
      exit(1);
    }
    first = { signal, at: performance.now() };
    setTimeout(() => {
      logger.error({ timeoutMs: config.timeoutMs }, 'Calls were still in flight at SHUTDOWN_TIMEOUT_MS');
      exit(1);
    }, config.delayMs + config.timeoutMs).unref();
    logger.info({ signal, delayMs: config.delayMs }, 'Shutting down');
    drain(app, config).then(
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

async function drain(
  app: INestApplication,
  { delayMs, timeoutMs }: Configuration['shutdown'],
): Promise<void> {
  app.get(Lifecycle).markDraining();
  const servers = serversOf(app);
  // Clients on kept-alive connections learn to go elsewhere with their next answer.
  for (const server of servers) {
    server.prependListener('request', (_request, response: ServerResponse) => {
      response.shouldKeepAlive = false;
    });
  }
  if (delayMs > 0) await sleep(delayMs);
  await stopListening(servers);
  await linger(servers, Math.min(LINGER_MS, timeoutMs / 4));
  // A connection that carried a call when the server closed turns idle afterwards, and Node does not look again.
  const graceMs = Math.min(GRACE_MS, timeoutMs / 4);
  const grace = setTimeout(() => {
    for (const server of servers) openConnectionsOf(server).hurry(graceMs);
  }, graceMs);
  const sweep = setInterval(() => {
    // What had arrived has been read by then: a connection with a request in it is not idle.
    setImmediate(() => {
      for (const server of servers) server.closeIdleConnections();
    });
  }, SWEEP_MS);
  try {
    await app.close();
  } finally {
    clearTimeout(grace);
    clearInterval(sweep);
  }
}

/**
 * Accepts no more connections, and leaves those that are open alone. What waits on a socket of the service manager
 * waits for the next process.
 */
async function stopListening(servers: readonly Server[]): Promise<void> {
  for (const server of servers.filter(isInherited)) closeListener(server);
  const own = servers.filter((server) => !isInherited(server));
  if (own.length > 0) await stopInQuietRound(own);
}

/** Past http.Server, which would close idle connections too. */
const closeListener = (server: Server): void => void NetServer.prototype.close.call(server);

/**
 * A connection that the kernel has taken and we have not is reset with its listener, and not every proxy asks another
 * replica then. A round of the event loop accepts one: so it happens after a round that found none and had next to
 * nothing else to do, in which one could have come.
 */
function stopInQuietRound(servers: readonly Server[]): Promise<void> {
  return new Promise((resolve) => {
    const giveUpAt = performance.now() + QUIET_ROUND_WAIT_MS;
    let hasAccepted = true;
    let roundBeganAt = 0;
    const onConnection = (): void => void (hasAccepted = true);
    for (const server of servers) server.on('connection', onConnection);
    const look = (): void => {
      const now = performance.now();
      const isQuiet = !hasAccepted && now - roundBeganAt < QUIET_ROUND_MS;
      if (!isQuiet && now < giveUpAt) {
        hasAccepted = false;
        roundBeganAt = now;
        setImmediate(look);
        return;
      }
      for (const server of servers) closeListener(server.off('connection', onConnection));
      resolve();
    };
    setImmediate(look);
  });
}

/**
 * Serves on what is open: a proxy may have sent a request on a connection in the moment in which we would close it. As
 * soon as it wants a new one it is refused, and leaves us alone. A connection that has just been accepted is given
 * twice the time for its first request.
 */
async function linger(servers: readonly Server[], forMs: number): Promise<void> {
  const end = performance.now() + forMs;
  const isWorthIt = async (): Promise<boolean> =>
    performance.now() < end
      ? hasConnections(servers)
      : servers.some((one) => openConnectionsOf(one).hasYoung(2 * forMs));
  while (await isWorthIt()) await sleep(SWEEP_MS);
}

async function hasConnections(servers: readonly Server[]): Promise<boolean> {
  const counts = await Promise.all(servers.map((server) => promisify(server.getConnections.bind(server))()));
  return counts.some((count) => count > 0);
}
