import { Injectable } from '@nestjs/common';
import { StatusRegistry } from '../observability/status.registry.js';
import { ServerRequests } from './client/server-requests.service.js';
import { SUPPORTED_REVISIONS } from './protocol/revisions.js';
import { NotificationStreams } from './streams/notification-streams.service.js';
import { Tasks } from './tasks/tasks.service.js';

/** What /status says of the protocol. */
@Injectable()
export class McpStatus {
  constructor(status: StatusRegistry, streams: NotificationStreams, tasks: Tasks, requests: ServerRequests) {
    status.register('mcp', {
      summary: () => ({
        revisions: SUPPORTED_REVISIONS,
        notificationStreams: streams.size,
        tasksRunning: tasks.runningCount,
        clientsAsked: requests.pendingCount,
      }),
    });
  }
}
