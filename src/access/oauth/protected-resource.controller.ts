import { Controller, Get, Header, Inject } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import { AppError } from '../../core/errors.js';
import { PRODUCT } from '../../core/product.js';
import { Public } from '../../core/public.decorator.js';
import { ScopeMap } from './scope-map.js';

/** RFC 9728, 2. */
export interface ProtectedResourceMetadata {
  readonly resource: string;
  readonly authorization_servers: readonly string[];
  readonly scopes_supported: readonly string[];
  readonly bearer_methods_supported: readonly string[];
  readonly resource_name: string;
}

/** Where clients learn who issues tokens for this server: the same document at both places where MCP clients look. */
@Public()
@Controller('.well-known/oauth-protected-resource')
export class ProtectedResourceController {
  private readonly metadata: ProtectedResourceMetadata | undefined;

  constructor(@Inject(Configuration) { access: { oauth } }: Configuration, scopes: ScopeMap) {
    this.metadata = oauth && {
      resource: oauth.resource,
      authorization_servers: oauth.issuers,
      scopes_supported: scopes.supported,
      bearer_methods_supported: ['header'],
      resource_name: PRODUCT.title,
    };
  }

  @Get()
  @Header('Cache-Control', 'max-age=300')
  ofTheServer(): ProtectedResourceMetadata {
    return this.describe();
  }

  @Get('mcp')
  @Header('Cache-Control', 'max-age=300')
  ofTheEndpoint(): ProtectedResourceMetadata {
    return this.describe();
  }

  private describe(): ProtectedResourceMetadata {
    if (this.metadata !== undefined) return this.metadata;
    throw new AppError('not_found', { detail: 'No access token opens this server: OAUTH_ISSUER is not set' });
  }
}
