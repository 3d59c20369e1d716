import {
  type Client,
  type InputRequests,
  type InputResponses,
  type JsonObject,
  type McpLogLevel,
  requireCapabilities,
} from '../../core/client.port.js';
import { InputRequired } from '../../core/input-required.js';
import { answersTo, unanswered } from './input-responses.js';
import { logNotification, passesLevel } from '../protocol/log-message.js';

/**
 * The client of the stateless era. It is asked by ending the call; when it comes back, the call runs again and finds
 * the answers here.
 */
export class ModernClient implements Client {
  constructor(
    readonly capabilities: JsonObject,
    private readonly answers: Readonly<Record<string, unknown>>,
    private readonly logLevel: unknown,
    private readonly send: (message: JsonObject) => void,
  ) {}

  async ask(requests: InputRequests): Promise<InputResponses> {
    const open = unanswered(requests, this.answers);
    if (Object.keys(open).length === 0) return answersTo(requests, this.answers);
    requireCapabilities(this.capabilities, open);
    return Promise.reject(new InputRequired(open));
  }

  log(level: McpLogLevel, data: unknown, logger?: string): void {
    // 2026-07-28, server/utilities/logging: only for requests that set a level.
    if (passesLevel(level, this.logLevel)) this.send(logNotification(level, data, logger));
  }
}
