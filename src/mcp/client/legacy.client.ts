import type { Cancellation } from '../../core/cancellation.js';
import {
  type Client,
  type InputRequests,
  type InputResponses,
  type JsonObject,
  type McpLogLevel,
  missingCapabilities,
} from '../../core/client.port.js';
import { ToolError } from '../../tools/tool-error.js';
import type { ClientChannel } from './exchange.port.js';
import type { Session } from '../sessions/session.store.port.js';
import { answersTo, unanswered } from './input-responses.js';
import { logNotification, passesLevel } from '../protocol/log-message.js';
import type { ServerRequests } from './server-requests.service.js';

/** What a client gets that has set no level. */
const DEFAULT_LEVEL: McpLogLevel = 'info';

/** The client of the handshake era. It is asked by requests of ours on the stream of the call, within its session. */
export class LegacyClient implements Client {
  constructor(
    private readonly session: Session | undefined,
    private readonly channel: ClientChannel,
    private readonly requests: ServerRequests,
    private readonly cancellation: Cancellation,
  ) {}

  get capabilities(): JsonObject {
    return this.session?.capabilities ?? {};
  }

  async ask(requests: InputRequests): Promise<InputResponses> {
    const { session } = this;
    if (session === undefined || !this.channel.canStream) {
      throw new ToolError(
        'not_supported',
        'The client has to be asked, and there is no way to ask it.',
        'Call within a session (initialize, then Mcp-Session-Id), and accept text/event-stream.',
      );
    }
    const missing = missingCapabilities(this.capabilities, requests);
    if (Object.keys(missing).length > 0) {
      throw new ToolError(
        'not_supported',
        `The client has not declared ${JSON.stringify(missing)} in initialize.`,
      );
    }
    const answers = await Promise.all(
      Object.entries(requests).map(async ([key, request]) => [
        key,
        await this.requests.request(session, this.channel, request, this.cancellation),
      ]),
    );
    const byKey = Object.fromEntries(answers) as InputResponses;
    const open = Object.keys(unanswered(requests, byKey));
    if (open.length > 0) {
      throw new ToolError(
        'tool_failed',
        `The client's answer to ${open.join(', ')} is not of the expected shape.`,
      );
    }
    return answersTo(requests, byKey);
  }

  log(level: McpLogLevel, data: unknown, logger?: string): void {
    if (!this.cancellation.isCancelled && passesLevel(level, this.session?.logLevel ?? DEFAULT_LEVEL)) {
      this.channel.send(logNotification(level, data, logger));
    }
  }
}
