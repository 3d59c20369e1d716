import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { createApp } from './app.setup.js';
import type { Configuration } from './config/configuration.js';
import { ConfigurationError, loadConfiguration } from './config/configuration.loader.js';
import { Lifecycle } from './core/lifecycle.js';
import { PRODUCT } from './core/product.js';
import { createLogDestination, createLogger } from './observability/logger.factory.js';
import { shutDownOnSignals } from './shutdown.js';

/** sysexits.h: the configuration is wrong, and starting again will not mend it. */
const EX_CONFIG = 78;

function readConfiguration(): Configuration {
  try {
    return loadConfiguration();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EX_CONFIG);
  }
}

async function main(): Promise<void> {
  const configuration = readConfiguration();
  const { http, shutdown, warnings, environment } = configuration;
  const logger = createLogger(
    configuration.logging.level,
    createLogDestination({ sync: process.stdout.isTTY }),
  );
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'Uncaught exception');
    logger.flush();
    process.exit(1);
  });
  const app = await createApp(configuration, logger);
  shutDownOnSignals(app, shutdown, logger);
  await app.listen(http.port, http.host);
  app.get(Lifecycle).markServing();

  for (const warning of warnings) logger.warn(warning);
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  logger.info({ version: PRODUCT.version, environment, host: http.host, port }, 'Listening');
}

await main();
