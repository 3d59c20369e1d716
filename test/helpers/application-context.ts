import { Writable } from 'node:stream';
import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { register } from 'prom-client';
import { AppModule } from '../../src/app.module.js';
import { loadConfiguration } from '../../src/config/configuration.loader.js';
import { CallContext, type CallContextOptions } from '../../src/core/call-context.js';
import type { Principal } from '../../src/core/principal.js';
import { createLogger } from '../../src/observability/log/logger.factory.js';

const written: string[] = [];
const logger = createLogger(
  'info',
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString('utf8'));
      done();
    },
  }),
);

/** The whole application without its HTTP face, for specs of what lies behind it. */
export interface ApplicationContext {
  get<T>(token: Type<T> | symbol): T;
  /** Every line that was logged since it started, parsed. */
  logs(): Readonly<Record<string, unknown>>[];
  close(): Promise<void>;
}

export async function createContext(
  options: { env?: Record<string, string>; modules?: (Type | DynamicModule)[] } = {},
): Promise<ApplicationContext> {
  register.clear();
  written.length = 0;
  const root = AppModule.forRoot(loadConfiguration({ NODE_ENV: 'test', ...options.env }), logger);
  const app: INestApplicationContext = await NestFactory.createApplicationContext(
    { ...root, imports: [...(root.imports ?? []), ...(options.modules ?? [])] },
    { logger: false, abortOnError: false },
  );
  return {
    get: <T>(token: Type<T> | symbol) => app.get<T>(token, { strict: false }),
    logs: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
    close: async () => {
      await app.close();
      register.clear();
    },
  };
}

export const PRINCIPAL: Principal = { id: 'key:test', kind: 'api-key', scopes: ['tools:call', 'chat'] };

/** A call by somebody who may call every tool. */
export const callContext = (options: Partial<CallContextOptions> = {}): CallContext =>
  new CallContext({ principal: PRINCIPAL, correlationId: 'test-correlation-id', ...options });
