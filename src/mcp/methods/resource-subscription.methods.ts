import { Injectable } from '@nestjs/common';
import { AppError } from '../../core/errors.js';
import { beginningOf } from '../../core/quote.js';
import { ResourceRegistry } from '../../tools/resources/resource.registry.js';
import type { Params } from '../protocol/message.js';
import type { McpCall, McpMethod, MethodResult } from '../dispatch/mcp-method.js';
import { MAX_SHOWN_URI } from './resources.methods.js';
import { MAX_LENGTH, requiredString } from '../protocol/params.js';
import type { Session } from '../sessions/session.store.port.js';
import { Sessions } from '../sessions/sessions.service.js';

/** `resources/subscribe` (2025-11-25, server/resources). Revision 2026-07-28 has `subscriptions/listen` instead. */
@Injectable()
export class ResourcesSubscribeMethod implements McpMethod {
  readonly name = 'resources/subscribe';
  readonly eras = ['legacy'] as const;

  constructor(
    private readonly sessions: Sessions,
    private readonly registry: ResourceRegistry,
  ) {}

  async handle(params: Params, call: McpCall): Promise<MethodResult> {
    const uri = requiredString(params, 'uri', MAX_LENGTH.uri);
    if (this.registry.demand(uri, call.context.principal) === undefined) {
      throw new AppError('resource_not_found_legacy', {
        detail: 'params.uri names no resource',
        data: { uri: beginningOf(uri, MAX_SHOWN_URI) },
      });
    }
    await this.sessions.subscribe(sessionOf(call), uri);
    return {};
  }
}

/** `resources/unsubscribe`. */
@Injectable()
export class ResourcesUnsubscribeMethod implements McpMethod {
  readonly name = 'resources/unsubscribe';
  readonly eras = ['legacy'] as const;

  constructor(private readonly sessions: Sessions) {}

  async handle(params: Params, call: McpCall): Promise<MethodResult> {
    await this.sessions.unsubscribe(sessionOf(call), requiredString(params, 'uri', MAX_LENGTH.uri));
    return {};
  }
}

function sessionOf({ session }: McpCall): Session {
  if (session !== undefined) return session;
  // 2025-11-25, basic/transports, "Session Management" 2.
  throw new AppError('bad_request', {
    detail: 'A subscription needs a session: send Mcp-Session-Id as initialize has returned it',
  });
}
