import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { AppModule } from '../../src/app.module.js';
import { createApp } from '../../src/app.setup.js';
import { loadConfiguration } from '../../src/config/configuration.loader.js';
import { Lifecycle } from '../../src/core/lifecycle.js';
import { createLogger } from '../../src/observability/log/logger.factory.js';
import { shutDownOnSignals } from '../../src/http/graceful-shutdown.js';
import { ConformanceModule } from './fixtures/conformance.module.js';

// The application as main.ts starts it, with the fixtures of the suite beside its own modules.
const config = loadConfiguration();
const logger = createLogger(config.logging.level, process.stdout);
const root = AppModule.forRoot(config, logger);
const app = await createApp(config, logger, {
  ...root,
  imports: [...(root.imports ?? []), ConformanceModule],
});
shutDownOnSignals(app, config.shutdown, logger);
await app.listen(config.http.port, config.http.host);
app.get(Lifecycle).markServing();

// Whoever started us learns the port, and takes us along when it goes, however it goes.
process.send?.({ port: (app.getHttpServer() as { address(): AddressInfo }).address().port });
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
