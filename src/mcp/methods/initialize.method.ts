import { Injectable } from '@nestjs/common';
import { AppError } from '../../core/errors.js';
import type { Params } from '../message.js';
import type { McpMethod, MethodResult } from '../mcp-method.js';
import { isLegacyRevision, LATEST_LEGACY_REVISION } from '../revisions.js';
import { INSTRUCTIONS, SERVER_CAPABILITIES, SERVER_INFO } from '../server-identity.js';

/** `initialize` (2025-11-25, basic/lifecycle): agrees on a version, and keeps no state. */
@Injectable()
export class InitializeMethod implements McpMethod {
  readonly name = 'initialize';
  readonly eras = ['legacy'] as const;

  handle({ protocolVersion }: Params): MethodResult {
    if (typeof protocolVersion !== 'string') {
      throw new AppError('invalid_params', { detail: 'params.protocolVersion is missing or not a string' });
    }
    return {
      protocolVersion: isLegacyRevision(protocolVersion) ? protocolVersion : LATEST_LEGACY_REVISION,
      capabilities: SERVER_CAPABILITIES,
      serverInfo: SERVER_INFO,
      instructions: INSTRUCTIONS,
    };
  }
}
