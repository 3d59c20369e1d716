import { Injectable } from '@nestjs/common';
import type { McpMethod, MethodResult } from '../dispatch/mcp-method.js';
import { SUPPORTED_REVISIONS } from '../protocol/revisions.js';
import { INSTRUCTIONS, MODERN_CAPABILITIES } from '../protocol/server-identity.js';

const TTL_MS = 300_000;

/** `server/discover` (2026-07-28, server/discover): what this server speaks and can do. */
@Injectable()
export class ServerDiscoverMethod implements McpMethod {
  readonly name = 'server/discover';
  readonly eras = ['modern'] as const;

  handle(): MethodResult {
    return {
      supportedVersions: SUPPORTED_REVISIONS,
      capabilities: MODERN_CAPABILITIES,
      instructions: INSTRUCTIONS,
      ttlMs: TTL_MS,
      cacheScope: 'public',
    };
  }
}
