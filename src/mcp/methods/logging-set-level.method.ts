import { Injectable } from '@nestjs/common';
import { MCP_LOG_LEVELS } from '../../core/client.port.js';
import { isLogLevel } from '../protocol/log-message.js';
import type { Params } from '../protocol/message.js';
import type { McpCall, McpMethod, MethodResult } from '../dispatch/mcp-method.js';
import { invalidParams } from '../protocol/params.js';
import { Sessions } from '../sessions/sessions.service.js';

/** `logging/setLevel` (2025-11-25, server/utilities/logging): remembered for the session; nothing to do without one. */
@Injectable()
export class LoggingSetLevelMethod implements McpMethod {
  readonly name = 'logging/setLevel';
  readonly eras = ['legacy'] as const;

  constructor(private readonly sessions: Sessions) {}

  async handle({ level }: Params, { session }: McpCall): Promise<MethodResult> {
    if (!isLogLevel(level)) throw invalidParams(`params.level is none of ${MCP_LOG_LEVELS.join(', ')}`);
    if (session !== undefined) await this.sessions.setLogLevel(session, level);
    return {};
  }
}
