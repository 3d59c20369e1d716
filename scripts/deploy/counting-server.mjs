// The built product with one tool that leaves a trace: each run adds a line to the file JOURNAL, which outlives a
// kill -9. Otherwise it is main.js: same guards, same shutdown.
import 'reflect-metadata';
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import { AppModule } from '../../dist/app.module.js';
import { createApp } from '../../dist/app.setup.js';
import { loadConfiguration } from '../../dist/config/configuration.loader.js';
import { Lifecycle } from '../../dist/core/lifecycle.js';
import { LogDestination } from '../../dist/observability/log/log.destination.js';
import { createLogger } from '../../dist/observability/log/logger.factory.js';
import { shutDownOnSignals } from '../../dist/http/graceful-shutdown.js';
import { Tool } from '../../dist/tools/tool.decorator.js';

const { JOURNAL } = process.env;
/** Long enough that there is always something in flight. */
const RUN_MS = 25;

class CountTool {
  async count({ id }) {
    appendFileSync(JOURNAL, `${id}\n`);
    await sleep(RUN_MS);
    return { text: String(id), structured: { id } };
  }
}
const descriptor = Object.getOwnPropertyDescriptor(CountTool.prototype, 'count');
Tool({
  name: 'count',
  title: 'Count',
  description: 'Writes its number down.',
  input: z.strictObject({ id: z.number().int() }),
  output: z.object({ id: z.number() }),
})(CountTool.prototype, 'count', descriptor);
Injectable()(CountTool);

class CountModule {}
Module({ providers: [CountTool] })(CountModule);

const configuration = loadConfiguration();
const logger = createLogger(configuration.logging.level, new LogDestination({ fd: 1 }));
const root = AppModule.forRoot(configuration, logger);
const app = await createApp(configuration, logger, { ...root, imports: [...root.imports, CountModule] });
shutDownOnSignals(app, configuration.shutdown, logger);
await app.listen(configuration.http.port, configuration.http.host);
app.get(Lifecycle).markServing();
