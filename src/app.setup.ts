import type { Server } from 'node:http';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';

import type { Logger } from 'pino';
import { ForwardedHeaderWarning } from './access/forwarded-header.warning.js';
import { originHostMiddleware } from './access/origin-host.middleware.js';
import { AppModule } from './app.module.js';
import { Configuration } from './config/configuration.js';
import { correlationMiddleware } from './observability/correlation.middleware.js';
import { NestLogger } from './observability/nest.logger.js';
import { RequestRecorder } from './observability/request.recorder.js';

/** Above the upstream keep-alive time of the usual proxies (nginx: 60 s), so that it is never us who close first. */
const KEEP_ALIVE_MS = 75_000;
/** A whole request has to arrive within this time. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Creates the application, ready to listen. The server and the tests both come through here. */
export async function createApp(
  configuration: Configuration,
  logger: Logger,
  rootModule: DynamicModule = AppModule.forRoot(configuration, logger),
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(rootModule, {
    bodyParser: false,
    bufferLogs: true,
    abortOnError: false,
    routeConflictPolicy: { duplicate: 'error', shadow: 'error' },
  });
  app.useLogger(app.get(NestLogger));
  setUp(app);
  return app;
}

function setUp(app: NestExpressApplication): void {
  const { http } = app.get<Configuration>(Configuration);
  const recorder = app.get(RequestRecorder);
  const forwarded = app.get(ForwardedHeaderWarning);
  app.set('trust proxy', http.trustProxy);
  app.set('etag', false);
  app.disable('x-powered-by');
  app.use(correlationMiddleware);
  app.use(securityHeaders());
  app.use(originHostMiddleware(http, (request, status) => recorder.record(request, status)));
  app.use((request: Parameters<ForwardedHeaderWarning['check']>[0], _response: unknown, next: () => void) => {
    forwarded.check(request);
    next();
  });
  const server = app.getHttpServer() as Server;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
}

/** Helmet without the headers that concern documents of long-gone browsers: every answer here is data. */
function securityHeaders(): ReturnType<typeof helmet> {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    crossOriginEmbedderPolicy: false,
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
}
