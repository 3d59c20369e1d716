import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { Configuration } from '../config/configuration.js';
import { Clock, SteadyClock } from '../core/clock.js';
import { HttpModule } from '../http/http.module.js';
import { RedisConnection } from '../storage/redis.connection.js';
import { ToolsModule } from '../tools/tools.module.js';
import { CallFactory } from './dispatch/call.factory.js';
import { ServerRequests } from './client/server-requests.service.js';
import { Dispatcher } from './dispatch/dispatcher.service.js';
import { InFlight } from './dispatch/in-flight.service.js';
import { InputRounds } from './methods/input-rounds.js';
import { MCP_METHODS, type McpMethod } from './dispatch/mcp-method.js';
import { McpEndpoint } from './transport/mcp.endpoint.js';
import { MCP_METRIC_PROVIDERS, McpMetrics } from './mcp.metrics.js';
import { McpService } from './dispatch/mcp.service.js';
import { McpStatus } from './mcp.status.js';
import { METHODS } from './methods/method-table.js';
import { Pagination } from './methods/pagination.js';
import { RequestStates } from './client/request-state.js';
import { Sealer } from './client/sealer.js';
import { MemorySessionStore } from './sessions/memory.session.store.js';
import { RedisSessionStore } from './sessions/redis.session.store.js';
import { SessionEndpoint } from './transport/session.endpoint.js';
import { sessionBounds, SessionStore } from './sessions/session.store.port.js';
import { Sessions } from './sessions/sessions.service.js';
import { NotificationStreams } from './streams/notification-streams.service.js';
import { SessionChanges } from './streams/session-changes.service.js';
import { MemoryTaskStore } from './tasks/memory.task.store.js';
import { RedisTaskStore } from './tasks/redis.task.store.js';
import { TaskCommands } from './tasks/task-commands.service.js';
import { taskBounds, TaskStore } from './tasks/task.store.port.js';
import { Tasks } from './tasks/tasks.service.js';
import { StdioServer } from './transport/stdio.server.js';

@Module({
  imports: [HttpModule, AccessModule, ToolsModule],
  providers: [
    ...METHODS,
    { provide: MCP_METHODS, inject: METHODS, useFactory: (...methods: McpMethod[]) => methods },
    CallFactory,
    Dispatcher,
    InFlight,
    McpEndpoint,
    McpMetrics,
    ...MCP_METRIC_PROVIDERS,
    McpStatus,
    InputRounds,
    McpService,
    NotificationStreams,
    Pagination,
    RequestStates,
    Sealer,
    ServerRequests,
    SessionChanges,
    SessionEndpoint,
    Sessions,
    StdioServer,
    TaskCommands,
    Tasks,
    {
      provide: SessionStore,
      inject: [RedisConnection, Configuration, SteadyClock],
      useFactory: (redis: RedisConnection, { mcp }: Configuration, clock: SteadyClock): SessionStore =>
        redis.isConfigured
          ? new RedisSessionStore(redis, mcp.sessionTtlMs, mcp.maxSessions)
          : new MemorySessionStore(clock, mcp.sessionTtlMs, sessionBounds(mcp.maxSessions)),
    },
    {
      provide: TaskStore,
      inject: [RedisConnection, Configuration, Clock, SteadyClock],
      useFactory: (
        redis: RedisConnection,
        { mcp }: Configuration,
        clock: Clock,
        steady: SteadyClock,
      ): TaskStore =>
        redis.isConfigured
          ? new RedisTaskStore(redis, clock, mcp.taskTtlMs, mcp.maxTasks)
          : new MemoryTaskStore(steady, taskBounds(mcp.maxTasks)),
    },
  ],
})
export class McpModule {}
