import type { ServerResponse } from 'node:http';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Application, NextFunction, Request, Response } from 'express';

import type { Logger } from 'pino';
import { ForwardedHeaderWarning } from './access/forwarded-header.warning.js';
import { originHostMiddleware } from './access/origin-host.middleware.js';
import { AppModule } from './app.module.js';
import { Configuration } from './config/configuration.js';
import { readKeyPair } from './config/tls.js';
import { HttpAdapter, serversOf } from './http.adapter.js';
import { prepareListener } from './http.listener.js';
import { correlationMiddleware } from './observability/correlation.middleware.js';
import { HttpRefusals } from './observability/http-refusals.service.js';
import { NestLogger } from './observability/nest.logger.js';
import { requestContext } from './observability/request-context.js';
import { RequestRecorder } from './observability/request.recorder.js';
import { carryContextHeaders } from './observability/response-head.js';
import { securityHeaders } from './observability/security-headers.js';

/** Creates the application, ready to listen. The server and the tests both come through here. */
export async function createApp(
  configuration: Configuration,
  logger: Logger,
  rootModule: DynamicModule = AppModule.forRoot(configuration, logger),
): Promise<NestExpressApplication> {
  const { tls } = configuration.http;
  const adapter = new HttpAdapter(tls.enabled ? readKeyPair(tls.keyPath, tls.certificatePath) : undefined);
  const app = await NestFactory.create<NestExpressApplication>(rootModule, adapter, {
    bodyParser: false,
    bufferLogs: true,
    // What stops the start is thrown to the caller, who says it once.
    autoFlushLogs: false,
    abortOnError: false,
    routeConflictPolicy: { duplicate: 'error', shadow: 'error' },
  });
  app.useLogger(app.get(NestLogger));
  app.flushLogs();
  setUp(app);
  for (const server of serversOf(app)) prepareListener(server, app.get(HttpRefusals));
  return app;
}

function setUp(app: NestExpressApplication): void {
  const { http } = app.get<Configuration>(Configuration);
  const recorder = app.get(RequestRecorder);
  const forwarded = app.get(ForwardedHeaderWarning);
  const security = securityHeaders();
  const correlate = correlationMiddleware(http.trustProxy !== false);
  const checkOrigin = originHostMiddleware(http, (request, response) =>
    recorder.recordWhenClosed(request, response),
  );
  app.set('trust proxy', http.trustProxy);
  app.set('etag', false);
  // RFC 3986, 6.2.2.1: a path is not case-insensitive. Nest's adapter has made the router: the setting comes too late.
  Object.assign((app.getHttpAdapter().getInstance() as Application).router, { caseSensitive: true });
  app.disable('x-powered-by');
  carryContextHeaders((app.getHttpAdapter().getInstance() as { response: ServerResponse }).response);
  // One layer for Express to walk through, not four.
  app.use((request: Request, response: Response, next: NextFunction) => {
    correlate(request, response, () => {
      requestContext(request).responseHeaders.push(...security);
      forwarded.check(request);
      checkOrigin(request, response, next);
    });
  });
}
