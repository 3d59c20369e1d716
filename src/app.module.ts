import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { AuditModule } from './audit/audit.module.js';
import { ChatModule } from './chat/chat.module.js';
import { ConfigModule } from './config/config.module.js';
import type { Configuration } from './config/configuration.js';
import { CoreModule } from './core/core.module.js';
import { HealthModule } from './health/health.module.js';
import { HttpModule } from './http/http.module.js';
import { McpModule } from './mcp/mcp.module.js';
import { NetworkModule } from './network/network.module.js';
import { NetworkResourcesModule } from './network/network-resources.module.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { RestModule } from './rest/rest.module.js';
import { PolicyFileModule } from './policy/policy-file.module.js';
import { StorageModule } from './storage/storage.module.js';
import { ToolsModule } from './tools/tools.module.js';
import { UpstreamsModule } from './upstreams/upstreams.module.js';

/** The composition root: the only file that knows every room. */
@Module({})
export class AppModule {
  static forRoot(configuration: Configuration, logger: Logger): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(configuration),
        CoreModule,
        ObservabilityModule.forRoot(logger),
        // Modules close in the opposite order: the last audit checkpoint goes to Redis.
        StorageModule,
        AuditModule,
        HttpModule,
        PolicyFileModule,
        ToolsModule,
        NetworkModule,
        NetworkResourcesModule,
        UpstreamsModule,
        McpModule,
        ChatModule,
        RestModule.forRoot(configuration),
        HealthModule.forRoot(configuration),
      ],
    };
  }
}
