import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Configuration } from '../config/configuration.js';

/**
 * Says once that a proxy seems to stand in front while TRUST_PROXY is off: all clients then share the bucket of the
 * proxy's address, which looks like a limit that is much too low.
 */
@Injectable()
export class ForwardedHeaderWarning {
  private said = false;

  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    @InjectPinoLogger(ForwardedHeaderWarning.name) private readonly logger: PinoLogger,
  ) {}

  check(request: Request): void {
    if (this.said || this.config.http.trustProxy !== false) return;
    if (request.headers['x-forwarded-for'] === undefined && request.headers.forwarded === undefined) return;
    this.said = true;
    this.logger.warn(
      'A request carried a forwarding header, and TRUST_PROXY is false: it was ignored, so all clients behind a proxy share one rate limit. If a proxy of yours stands in front, set TRUST_PROXY to its address or to the number of hops',
    );
  }
}
