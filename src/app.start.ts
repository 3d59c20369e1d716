import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Logger } from 'pino';
import { createApp } from './app.setup.js';
import type { Configuration } from './config/configuration.js';
import {
  ConfigurationError,
  configurationHint,
  loadConfiguration,
  type Transport,
} from './config/configuration.loader.js';
import { inheritedDescriptors } from './config/inherited-descriptors.js';
import { Lifecycle } from './core/lifecycle.js';
import { PRODUCT } from './core/product.js';
import { LogDestination } from './observability/log/log.destination.js';
import { LogFile } from './observability/log/log.file.js';
import { createLogger } from './observability/log/logger.factory.js';
import { shutDownOnSignals } from './http/graceful-shutdown.js';
import { InheritedSockets } from './http/inherited-sockets.js';
import { listenForTls } from './http/tls.listener.js';
import { StdioServer } from './mcp/transport/stdio.server.js';
import { HostPrograms } from './network/host/host-programs.service.js';
import { ToolRegistry } from './tools/tool.registry.js';
import { Upstreams } from './upstreams/upstreams.service.js';

/** sysexits.h: wrong usage, and a wrong configuration. Starting again mends neither. */
const EX_USAGE = 64;
const EX_CONFIG = 78;

/** How long a client over stdio waits for the upstreams at most, in milliseconds. */
const UPSTREAMS_WAIT_MS = 5000;

const USAGE = `Usage: mcpo-mcp-server [--stdio]
       mcpo-mcp-server keys <command>    (see keys --help)
       mcpo-mcp-server audit <command>   (see audit --help)
       mcpo-mcp-server policy <command>  (see policy --help)

Serves MCP over HTTP (POST /mcp), or over standard input and output with --stdio.
The environment configures it: see docs/configuration.md.

  --stdio     serve one client over standard input and output; logs go to standard error
  --version   print the version
  --help      print this text
`;

function quit(code: number, text: string): never {
  (code === 0 ? process.stdout : process.stderr).write(text);
  process.exit(code);
}

function readArguments(args: readonly string[]): Transport {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { stdio: { type: 'boolean' }, version: { type: 'boolean' }, help: { type: 'boolean' } },
    });
    if (values.help === true) quit(0, USAGE);
    if (values.version === true) quit(0, `${PRODUCT.version}\n`);
    return values.stdio === true ? 'stdio' : 'http';
  } catch (error) {
    return quit(EX_USAGE, `${(error as Error).message}\n\n${USAGE}`);
  }
}

/** Begins to listen; answers the port for TLS, where there is one. */
async function listen(app: NestExpressApplication, http: Configuration['http']): Promise<number | undefined> {
  const { host, port, tls } = http;
  const places = [{ host, port }, ...(tls.enabled ? [{ host, port: tls.port }] : [])];
  const inherited = new InheritedSockets(inheritedDescriptors(), places);
  const [place, more] = inherited.listenArguments(app.getHttpServer(), { host, port });
  // A socket in place of a port is passed on as it is.
  await app.listen(place as number, more as string);
  return listenForTls(app, inherited);
}

async function serveHttp(app: NestExpressApplication, config: Configuration, logger: Logger): Promise<void> {
  const tlsPort = await listen(app, config.http);
  app.get(Lifecycle).markServing();
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  const { environment, http } = config;
  const ports = { port, ...(tlsPort !== undefined && { tlsPort }) };
  logger.info({ version: PRODUCT.version, environment, host: http.host, ...ports }, 'Listening');
}

async function serveStdio(app: NestExpressApplication, logger: Logger): Promise<void> {
  await app.init();
  app.get(Lifecycle).markServing();
  // This client is the first thing that happens. Many list the tools once, and do not hear of those that come later.
  await app.get(Upstreams).settled(UPSTREAMS_WAIT_MS);
  logger.info({ version: PRODUCT.version }, 'Serving standard input and output');
  await app.get(StdioServer).serve(process.stdin, process.stdout);
  await app.close();
  logger.info('Standard input has ended');
}

/** How this machine reaches a host that the server listens on. */
function nameOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

/** What whoever has started it wants to know first; upstreams had some time to come up. */
async function introduce(app: NestExpressApplication, config: Configuration, logger: Logger): Promise<void> {
  await app.get(Upstreams).settled(UPSTREAMS_WAIT_MS);
  const upstreams = app.get(Upstreams).all();
  const missing = app.get<HostPrograms>(HostPrograms, { strict: false }).warning();
  if (missing !== undefined) logger.warn(missing);
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  const base = `http://${nameOf(config.http.host)}:${port}`;
  logger.info(
    {
      url: `${base}/mcp`,
      tools: app.get(ToolRegistry).all().length,
      ...(upstreams.length > 0 && {
        upstreams: Object.fromEntries(upstreams.map(({ entry, state }) => [entry.name, state])),
      }),
      ...(config.statusPage.enabled && { page: `${base}/` }),
      documentation: 'docs/tutorial.md',
    },
    'Ready',
  );
}

/** Why a port cannot be listened on, in one line with the variable that mends it. */
function listenProblem(error: unknown, { http }: Configuration): string | undefined {
  const { syscall, code, port, address } = error as NodeJS.ErrnoException & {
    port?: number;
    address?: string;
  };
  if (syscall !== 'listen') return undefined;
  const variable = http.tls.enabled && port === http.tls.port ? 'HTTPS_PORT' : 'MCP_PORT';
  const where = `port ${port} of ${address}`;
  switch (code) {
    case 'EADDRINUSE':
      return `Something listens on ${where} already: set ${variable} to another port, or end it (ss -ltnp "sport = :${port}" names it).`;
    case 'EACCES':
      return `This user may not listen on ${where}: set ${variable} to 1024 or more.`;
    case 'EADDRNOTAVAIL':
      return `This machine has no address ${address}: set BIND_IP to one of its own.`;
    case undefined:
    default:
      return undefined;
  }
}

async function serve(transport: Transport): Promise<void> {
  const config = loadConfiguration(undefined, { transport });
  const fd = transport === 'stdio' ? 2 : 1;
  const isTerminal = (fd === 1 ? process.stdout : process.stderr).isTTY;
  const { level, directory } = config.logging;
  const copy = directory === undefined ? undefined : new LogFile(directory);
  const forTerminal = isTerminal
    ? (await import('./observability/log/terminal.format.js')).forTerminal
    : undefined;
  const logger = createLogger(level, new LogDestination({ fd, forTerminal }, copy));
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'Uncaught exception');
    process.exit(1);
  });
  const app = await createApp(config, logger);
  shutDownOnSignals(app, config.shutdown, logger);
  for (const warning of config.warnings) logger.warn(warning);
  if (transport === 'stdio') return serveStdio(app, logger);
  await serveHttp(app, config, logger).catch((error: unknown) => {
    const problem = listenProblem(error, config);
    if (problem === undefined) throw error;
    quit(1, `${problem}\n`);
  });
  await introduce(app, config, logger);
}

/** Serves, with the arguments of the command line. */
export async function start(args: readonly string[]): Promise<void> {
  try {
    await serve(readArguments(args));
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    quit(EX_CONFIG, [error.message, configurationHint()].filter(Boolean).join('\n') + '\n');
  }
}
