import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { StatusRegistry } from '../observability/status.registry.js';
import { ChatServerHealth } from './server/chat-server.health.js';
import { TurnsInFlight } from './turns-in-flight.service.js';

/** What /status says of the chat. */
@Injectable()
export class ChatStatus {
  constructor(
    @Inject(Configuration) { chat }: Configuration,
    status: StatusRegistry,
    health: ChatServerHealth,
    turns: TurnsInFlight,
  ) {
    status.register('chat', {
      summary: () => ({ server: health.report(), turnsInFlight: turns.count }),
      detail: () => ({ url: chat.serverUrl, model: chat.model }),
    });
  }
}
