import { Injectable } from '@nestjs/common';
import type { McpMethod, MethodResult } from '../dispatch/mcp-method.js';

/** `ping` (2025-11-25, basic/utilities/ping): an empty result. Revision 2026-07-28 has no ping. */
@Injectable()
export class PingMethod implements McpMethod {
  readonly name = 'ping';
  readonly eras = ['legacy'] as const;

  handle(): MethodResult {
    return {};
  }
}
