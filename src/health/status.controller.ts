import { Controller, Get, Header, Inject, Req } from '@nestjs/common';
import type { Request } from 'express';
import { Authorization } from '../access/authorization.service.js';
import { principalOf } from '../access/request-principal.js';
import { Configuration } from '../config/configuration.js';
import { Lifecycle } from '../core/lifecycle.js';
import { PRODUCT } from '../core/product.js';
import { Public } from '../core/public.decorator.js';
import { StatusRegistry } from '../observability/status.registry.js';

/** `GET /status`: state, version, uptime and counts for everybody; configuration, names and errors for `admin`. */
@Public()
@Controller('status')
export class StatusController {
  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    private readonly lifecycle: Lifecycle,
    private readonly sections: StatusRegistry,
    private readonly authorization: Authorization,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  status(@Req() request: Request): Record<string, unknown> {
    const detailed = this.authorization.mayAdminister(principalOf(request));
    return {
      state: this.lifecycle.state,
      version: PRODUCT.version,
      uptimeSeconds: Math.floor(this.lifecycle.uptimeSeconds),
      ...this.sections.report({ detailed }),
      warnings: detailed ? this.config.warnings : this.config.warnings.length,
      ...(detailed && { configuration: this.publicConfiguration() }),
    };
  }

  /** Without the keys: even their digests are nobody's business. */
  private publicConfiguration(): Record<string, unknown> {
    const { access, mcp, storage, warnings: _shownAbove, ...rest } = this.config;
    const { stateKey: _secret, ...publicMcp } = mcp;
    return {
      ...rest,
      mcp: publicMcp,
      access: { apiKeys: access.apiKeys.length },
      storage: { kind: storage.redisUrl === undefined ? 'memory' : 'redis' },
    };
  }
}
