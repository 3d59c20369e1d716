import { Injectable } from '@nestjs/common';
import { isObject, type Params } from '../message.js';
import type { McpCall, McpMethod, MethodResult } from '../mcp-method.js';
import { requiredString } from '../params.js';
import { isLegacyRevision, LATEST_LEGACY_REVISION } from '../revisions.js';
import { INSTRUCTIONS, LEGACY_CAPABILITIES, SERVER_INFO } from '../server-identity.js';
import { SESSION_HEADER } from '../sessions/session.endpoint.js';
import { Sessions } from '../sessions/sessions.service.js';

/**
 * `initialize` (2025-11-25, basic/lifecycle): agrees on a version and begins a session. A client need not use it: what
 * needs no memory is answered without.
 */
@Injectable()
export class InitializeMethod implements McpMethod {
  readonly name = 'initialize';
  readonly eras = ['legacy'] as const;

  constructor(private readonly sessions: Sessions) {}

  async handle(params: Params, { context, setHeader }: McpCall): Promise<MethodResult> {
    const requested = requiredString(params, 'protocolVersion');
    const revision = isLegacyRevision(requested) ? requested : LATEST_LEGACY_REVISION;
    const capabilities = isObject(params['capabilities']) ? params['capabilities'] : {};
    const session = await this.sessions.begin(context.principal, revision, capabilities);
    setHeader(SESSION_HEADER, session.id);
    return {
      protocolVersion: revision,
      capabilities: LEGACY_CAPABILITIES,
      serverInfo: SERVER_INFO,
      instructions: INSTRUCTIONS,
    };
  }
}
