import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { register } from 'prom-client';
import { AppModule } from '../../src/app.module.js';
import { loadConfiguration } from '../../src/config/configuration.loader.js';
import { CallContext, type CallContextOptions } from '../../src/core/call-context.js';
import type { Principal } from '../../src/core/principal.js';
import { CapturedLog } from './captured-log.js';

const log = new CapturedLog();

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
  log.clear();
  const root = AppModule.forRoot(loadConfiguration({ NODE_ENV: 'test', ...options.env }), log.logger);
  const app: INestApplicationContext = await NestFactory.createApplicationContext(
    { ...root, imports: [...(root.imports ?? []), ...(options.modules ?? [])] },
    { logger: false, abortOnError: false },
  );
  return {
    get: <T>(token: Type<T> | symbol) => app.get<T>(token, { strict: false }),
    logs: () => log.lines(),
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
