import { Inject, Injectable } from '@nestjs/common';
import { Authorization } from '../access/authorization.service.js';
import { Configuration } from '../config/configuration.js';
import { DEFAULT_API_KEY } from '../config/environment.js';
import { apiKeyDigest, apiKeyFingerprint } from '../core/api-key-digest.js';
import { Lifecycle } from '../core/lifecycle.js';
import type { Principal } from '../core/principal.js';
import { PRODUCT } from '../core/product.js';
import { StatusRegistry } from '../observability/status.registry.js';
import { HealthService } from './health.service.js';

/**
 * Whoever develops with the default key sees why an upstream is away, and which programs are missing. That key is for
 * anybody, and opens nothing in production.
 */
const DEVELOPER = `key:${apiKeyFingerprint(apiKeyDigest(DEFAULT_API_KEY))}`;
const FOR_DEVELOPERS = ['programs', 'upstreams'];

/** The report behind `GET /status` and `mcpo://server/status`. */
@Injectable()
export class StatusService {
  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    private readonly lifecycle: Lifecycle,
    private readonly health: HealthService,
    private readonly sections: StatusRegistry,
    private readonly authorization: Authorization,
  ) {}

  /** The same, with details that take a while to be had. */
  async preparedFor(principal: Principal | undefined): Promise<Record<string, unknown>> {
    if (this.authorization.mayAdminister(principal)) await this.sections.prepare();
    return this.reportFor(principal);
  }

  /** State, version, uptime and counts for everybody; configuration, names and errors for `admin`. */
  reportFor(principal: Principal | undefined): Record<string, unknown> {
    const detailed = this.authorization.mayAdminister(principal);
    return {
      state: this.lifecycle.state,
      ready: this.health.isReady,
      version: PRODUCT.version,
      uptimeSeconds: Math.floor(this.lifecycle.uptimeSeconds),
      ...this.sections.report({ detailed: detailed || this.sectionsFor(principal) }),
      warnings: detailed ? this.config.warnings : this.config.warnings.length,
      ...(detailed && { configuration: this.publicConfiguration() }),
    };
  }

  private sectionsFor(principal: Principal | undefined): readonly string[] {
    return this.config.environment !== 'production' && principal?.id === DEVELOPER ? FOR_DEVELOPERS : [];
  }

  /** Without the keys: even their digests are nobody's business. */
  private publicConfiguration(): Record<string, unknown> {
    const { access, audit, mcp, chat, storage, warnings: _shownAbove, ...rest } = this.config;
    const { stateKey: _secret, ...publicMcp } = mcp;
    const { apiKey: _key, ...publicChat } = chat;
    const { keys: _seals, ...publicAudit } = audit;
    return {
      ...rest,
      mcp: publicMcp,
      chat: publicChat,
      audit: publicAudit,
      access: { apiKeys: access.apiKeys.length },
      storage: { kind: storage.redis === undefined ? 'memory' : 'redis' },
    };
  }
}
