import 'reflect-metadata';
import { AppModule } from '../../src/app.module.js';
import { createApp } from '../../src/app.setup.js';
import { loadConfiguration } from '../../src/config/configuration.loader.js';
import { Lifecycle } from '../../src/core/lifecycle.js';
import { StdioServer } from '../../src/mcp/transport/stdio.server.js';
import { createLogger } from '../../src/observability/log/logger.factory.js';
import { InteractiveToolsModule } from './interactive-tools.module.js';

// `main.ts --stdio` with the interactive tools beside those of the product.
const config = loadConfiguration(undefined, { transport: 'stdio' });
const logger = createLogger('silent', process.stderr);
const root = AppModule.forRoot(config, logger);
const app = await createApp(config, logger, {
  ...root,
  imports: [...(root.imports ?? []), InteractiveToolsModule],
});
await app.init();
app.get(Lifecycle).markServing();
await app.get(StdioServer).serve(process.stdin, process.stdout);
await app.close();
