// The built product with one trivial tool beside its own, every guard on: key, limit, validation, metrics, log, audit.
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import { createApp } from '../../dist/app.setup.js';
import { AppModule } from '../../dist/app.module.js';
import { loadConfiguration } from '../../dist/config/configuration.loader.js';
import { Lifecycle } from '../../dist/core/lifecycle.js';
import { LogDestination } from '../../dist/observability/log/log.destination.js';
import { createLogger } from '../../dist/observability/log/logger.factory.js';
import { Tool } from '../../dist/tools/tool.decorator.js';

class EchoTool {
  async echo({ text }) {
    return { text, structured: { text } };
  }
}
const descriptor = Object.getOwnPropertyDescriptor(EchoTool.prototype, 'echo');
Tool({
  name: 'echo',
  title: 'Echo',
  description: 'Answers what it is given.',
  input: z.strictObject({ text: z.string().max(1000) }),
  output: z.object({ text: z.string() }),
})(EchoTool.prototype, 'echo', descriptor);
Injectable()(EchoTool);

class EchoModule {}
Module({ providers: [EchoTool] })(EchoModule);

const configuration = loadConfiguration({
  ...process.env,
  BIND_IP: '127.0.0.1',
  RATE_LIMIT_MAX_REQUESTS: '1000000000',
  MCP_API_KEYS: process.env.BENCH_KEY,
});
const logger = createLogger('info', new LogDestination({ fd: 1 }));
const root = AppModule.forRoot(configuration, logger);
const app = await createApp(configuration, logger, { ...root, imports: [...root.imports, EchoModule] });
await app.listen(configuration.http.port, '127.0.0.1');
app.get(Lifecycle).markServing();
process.on('SIGTERM', () => process.exit(0));
