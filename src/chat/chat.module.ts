import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { Configuration } from '../config/configuration.js';
import { SteadyClock } from '../core/clock.js';
import { HttpPools } from '../resilience/http/http-pools.service.js';
import { ResilienceModule } from '../resilience/resilience.module.js';
import { RedisConnection } from '../storage/redis.connection.js';
import { ToolsModule } from '../tools/tools.module.js';
import { ChatController } from './chat.controller.js';
import { CHAT_METRIC_PROVIDERS, ChatMetrics } from './chat.metrics.js';
import { ChatService } from './chat.service.js';
import { ChatStatus } from './chat.status.js';
import { conversationBounds, ConversationStore } from './conversations/conversation.store.port.js';
import { Conversations } from './conversations/conversations.service.js';
import { MemoryConversationStore } from './conversations/memory.conversation.store.js';
import { RedisConversationStore } from './conversations/redis.conversation.store.js';
import { SystemPrompt } from './prompt/system-prompt.service.js';
import { ChatCompletions } from './server/chat-completions.service.js';
import { ChatServerHealth } from './server/chat-server.health.js';
import { ChatServer } from './server/chat-server.port.js';
import { OpenAiChatServer } from './server/openai.chat-server.js';
import { ToolOffers } from './turn/tool-offers.service.js';
import { ToolRunner } from './turn/tool-runner.service.js';
import { TurnLoop } from './turn/turn-loop.service.js';
import { TurnsInFlight } from './turns-in-flight.service.js';

/** Pools of its own: a model may think for longer than any other server is given to answer. */
const CHAT_POOLS = Symbol('ChatPools');

@Module({
  imports: [AccessModule, ResilienceModule, ToolsModule],
  controllers: [ChatController],
  providers: [
    ChatService,
    ChatMetrics,
    ...CHAT_METRIC_PROVIDERS,
    ChatStatus,
    ChatCompletions,
    ChatServerHealth,
    Conversations,
    SystemPrompt,
    ToolOffers,
    ToolRunner,
    TurnLoop,
    TurnsInFlight,
    {
      provide: CHAT_POOLS,
      inject: [Configuration],
      useFactory: (config: Configuration): HttpPools =>
        new HttpPools({
          ...config,
          outbound: { ...config.outbound, timeoutMs: config.chat.serverTimeoutMs },
        }),
    },
    {
      provide: ChatServer,
      inject: [Configuration, CHAT_POOLS],
      useFactory: async ({ chat }: Configuration, { fetch }: HttpPools): Promise<ChatServer> => {
        const server = new OpenAiChatServer(chat, fetch);
        if (chat.isServerNamed) await server.prepare();
        return server;
      },
    },
    {
      provide: ConversationStore,
      inject: [RedisConnection, Configuration, SteadyClock],
      useFactory: (redis: RedisConnection, { chat }: Configuration, clock: SteadyClock): ConversationStore =>
        redis.isConfigured
          ? new RedisConversationStore(redis, chat.conversationTtlMs, chat.maxConversations)
          : new MemoryConversationStore(
              clock,
              chat.conversationTtlMs,
              conversationBounds(chat.maxConversations),
            ),
    },
  ],
})
export class ChatModule {}
