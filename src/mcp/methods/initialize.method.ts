import { Injectable } from '@nestjs/common';
import type { ErrorCode } from '../../core/error-registry.js';
import { AppError } from '../../core/errors.js';
import { requestContexts } from '../../observability/request-context.js';
import type { Params } from '../protocol/message.js';
import { type McpCall, type McpMethod, type MethodResult, SessionBegun } from '../dispatch/mcp-method.js';
import { MAX_LENGTH, optionalObject, requiredString } from '../protocol/params.js';
import { isLegacyRevision, LATEST_LEGACY_REVISION } from '../protocol/revisions.js';
import { INSTRUCTIONS, LEGACY_CAPABILITIES, SERVER_INFO } from '../protocol/server-identity.js';
import type { Session } from '../sessions/session.store.port.js';
import { Sessions } from '../sessions/sessions.service.js';

const NO_STORAGE: ReadonlySet<string> = new Set<ErrorCode>(['storage_unavailable', 'storage_full']);

/**
 * `initialize` (2025-11-25, basic/lifecycle): agrees on a version and begins a session. A client need not use it: what
 * needs no memory is answered without.
 */
@Injectable()
export class InitializeMethod implements McpMethod {
  readonly name = 'initialize';
  readonly eras = ['legacy'] as const;

  constructor(private readonly sessions: Sessions) {}

  async handle(params: Params, { context }: McpCall): Promise<MethodResult> {
    const requested = requiredString(params, 'protocolVersion', MAX_LENGTH.protocolVersion);
    const revision = isLegacyRevision(requested) ? requested : LATEST_LEGACY_REVISION;
    const capabilities = optionalObject(params, 'capabilities');
    const fields = requestContexts.getStore()?.fields;
    if (fields) fields.protocolVersion = revision;
    const session = await this.sessionFor(context.principal, revision, capabilities);
    const result = {
      protocolVersion: revision,
      capabilities: LEGACY_CAPABILITIES,
      serverInfo: SERVER_INFO,
      instructions: INSTRUCTIONS,
    };
    return session === undefined ? result : new SessionBegun(result, session);
  }

  /**
   * A session is optional (2025-11-25, basic/transports, "Session Management" 1): without room for it there is none.
   */
  private async sessionFor(...client: Parameters<Sessions['begin']>): Promise<Session | undefined> {
    try {
      return await this.sessions.begin(...client);
    } catch (error) {
      if (error instanceof AppError && NO_STORAGE.has(error.code)) return undefined;
      throw error;
    }
  }
}
