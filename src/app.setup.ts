import type { ServerResponse } from 'node:http';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Application } from 'express';

import type { Logger } from 'pino';
import { ForwardedHeaderWarning } from './http/forwarded-header.warning.js';
import { originHostMiddleware } from './http/origin-host.middleware.js';
import { AppModule } from './app.module.js';
import { Configuration } from './config/configuration.js';
import { readKeyPair } from './config/tls.js';
import { HttpAdapter, serversOf } from './http/http.adapter.js';
import { prepareListener } from './http/http.listener.js';
import { checkTarget } from './http/request-target.js';
import { isBeyondLine, tooManyInLine } from './http/pipelining.js';
import { correlationMiddleware } from './http/correlation.middleware.js';
import { ClientErrors } from './http/client-errors.service.js';
import { NestLogger } from './observability/log/nest.logger.js';
import { RequestRecorder } from './http/record/request.recorder.js';
import { carryContextHeaders } from './http/response.writer.js';
import { securityHeaders } from './http/security-headers.js';

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
  setUp(app, adapter);
  for (const server of serversOf(app)) prepareListener(server, app.get(ClientErrors));
  return app;
}

function setUp(app: NestExpressApplication, adapter: HttpAdapter): void {
  const { http } = app.get<Configuration>(Configuration);
  const recorder = app.get(RequestRecorder);
  const forwarded = app.get(ForwardedHeaderWarning);
  const correlate = correlationMiddleware(http.trustProxy !== false, securityHeaders());
  const checkOrigin = originHostMiddleware(http, (request, response) =>
    recorder.recordWhenClosed(request, response),
  );
  app.set('trust proxy', http.trustProxy);
  app.set('etag', false);
  // RFC 3986, 6.2.2.1: a path is not case-insensitive. Nest's adapter has made the router: the setting comes too late.
  Object.assign(adapter.getInstance<Application>().router, { caseSensitive: true });
  app.disable('x-powered-by');
  carryContextHeaders(adapter.getInstance<{ response: ServerResponse }>().response);
  // In the layer that Nest's adapter brings along: each further one is one more for Express to walk through.
  adapter.setOnRequestHook((request, response, next) => {
    const isBeyond = isBeyondLine(response);
    correlate(request, response, () => {
      if (isBeyond) throw tooManyInLine();
      checkTarget(request);
      forwarded.check(request);
      checkOrigin(request, response, next);
    });
  });
}
