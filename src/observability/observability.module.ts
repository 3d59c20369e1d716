import { type DynamicModule, Global, Module } from '@nestjs/common';
import { LoggerModule, PinoLogger } from 'nestjs-pino';
import type { Logger } from 'pino';
import { LOG_LOSS_METRIC_PROVIDER, LogLoss } from './log/log-loss.service.js';
import { LogStream } from './log/log-stream.port.js';
import { destinationOf } from './log/logger.factory.js';
import { NestLogger } from './log/nest.logger.js';
import { StatusRegistry } from './status.registry.js';
import { WATCHED_FILE_METRIC_PROVIDERS, WatchedFiles } from './watched-files.service.js';

/** Through what every room reports: the log, the sections of /status, the files that are watched. */
@Global()
@Module({})
export class ObservabilityModule {
  static forRoot(logger: Logger): DynamicModule {
    return {
      module: ObservabilityModule,
      // The interceptor and the filter of http/ write a request's line; nestjs-pino brings no middleware of its own.
      imports: [LoggerModule.forRoot({ pinoHttp: { logger, autoLogging: false }, forRoutes: [] })],
      providers: [
        NestLogger,
        {
          provide: LogStream,
          inject: [PinoLogger],
          useFactory: ({ logger: root }: PinoLogger): LogStream => destinationOf(root),
        },
        LOG_LOSS_METRIC_PROVIDER,
        LogLoss,
        StatusRegistry,
        ...WATCHED_FILE_METRIC_PROVIDERS,
        WatchedFiles,
      ],
      exports: [NestLogger, LogStream, StatusRegistry, WatchedFiles],
    };
  }
}
