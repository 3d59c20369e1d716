import { type DynamicModule, Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import type { Configuration } from '../config/configuration.js';
import { SteadyClock } from '../core/clock.js';
import { RedisConnection } from '../storage/redis.connection.js';
import { ToolsModule } from '../tools/tools.module.js';
import { DocsController } from './docs/docs.controller.js';
import { Idempotency } from './idempotency/idempotency.service.js';
import { IdempotencyStore } from './idempotency/idempotency.store.port.js';
import { MemoryIdempotencyStore } from './idempotency/memory.idempotency.store.js';
import { RedisIdempotencyStore } from './idempotency/redis.idempotency.store.js';
import { OpenApiController } from './openapi.controller.js';
import { OpenApiDocuments } from './openapi/openapi.service.js';
import { RestStatus } from './rest.status.js';
import { ToolCalls } from './tool-calls.service.js';
import { ToolListing } from './tool-listing.service.js';
import { ToolsController } from './tools.controller.js';

const STORE = {
  provide: IdempotencyStore,
  inject: [RedisConnection, SteadyClock],
  useFactory: (redis: RedisConnection, clock: SteadyClock): IdempotencyStore =>
    redis.isConfigured ? new RedisIdempotencyStore(redis) : new MemoryIdempotencyStore(clock),
};

/** The tools for clients that speak HTTP and JSON alone. */
@Module({})
export class RestModule {
  static forRoot({ rest }: Configuration): DynamicModule {
    return {
      module: RestModule,
      imports: [AccessModule, ToolsModule],
      controllers: [
        ...(rest.enabled ? [ToolsController, OpenApiController] : []),
        ...(rest.docs ? [DocsController] : []),
      ],
      providers: [
        RestStatus,
        ...(rest.enabled ? [ToolCalls, ToolListing, OpenApiDocuments, Idempotency, STORE] : []),
      ],
    };
  }
}
