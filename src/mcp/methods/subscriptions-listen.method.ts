import { Injectable } from '@nestjs/common';
import type { JsonObject } from '../../core/client.port.js';
import { AppError } from '../../core/errors.js';
import type { Change } from '../../tools/changes.service.js';
import { ResourceRegistry } from '../../tools/resources/resource.registry.js';
import type { Params } from '../protocol/message.js';
import { META } from '../protocol/meta-keys.js';
import type { McpCall, McpMethod, MethodResult } from '../dispatch/mcp-method.js';
import { boundedString, invalidParams, MAX_LENGTH, requiredObject } from '../protocol/params.js';
import { type ListKind, notificationOf } from '../streams/list-changed.js';
import { NotificationStreams } from '../streams/notification-streams.service.js';
import { requireTasks } from '../protocol/tasks-extension.js';
import { Tasks } from '../tasks/tasks.service.js';

/** More resources or tasks than this on one stream are refused. */
const MAX_ITEMS = 1000;

/** The filter as it was asked for, and as it is acknowledged. */
interface Wanted {
  readonly lists: ReadonlySet<ListKind>;
  readonly uris: ReadonlySet<string>;
  readonly taskIds: ReadonlySet<string>;
}

/** `subscriptions/listen` (2026-07-28, basic/patterns/subscriptions): a stream of changes, until either side closes. */
@Injectable()
export class SubscriptionsListenMethod implements McpMethod {
  readonly name = 'subscriptions/listen';
  readonly eras = ['modern'] as const;

  constructor(
    private readonly streams: NotificationStreams,
    private readonly resources: ResourceRegistry,
    private readonly tasks: Tasks,
  ) {}

  async handle(params: Params, call: McpCall): Promise<MethodResult> {
    const { id, exchange } = call;
    if (!exchange.canStream) {
      throw new AppError('invalid_request', {
        detail: 'The answer is a stream: send Accept: text/event-stream',
      });
    }
    const wanted = await this.wantedBy(requiredObject(params, 'notifications'), call);
    const meta = { [META.subscriptionId]: id };
    await this.streams.hold(
      exchange,
      (change) => this.notificationFor(change, wanted, meta, call),
      () => {
        const notifications = acknowledged(wanted);
        exchange.send({
          jsonrpc: '2.0',
          method: 'notifications/subscriptions/acknowledged',
          params: { _meta: meta, notifications },
        });
      },
      call.context.cancellation,
    );
    return { _meta: meta };
  }

  private async wantedBy(filter: Params, { protocol, context }: McpCall): Promise<Wanted> {
    const taskIds = [...new Set(strings(filter, 'taskIds', MAX_LENGTH.taskId))];
    if (taskIds.length > 0) requireTasks(protocol);
    const areKnown = await Promise.all(
      taskIds.map((taskId) => this.tasks.has(taskId, context.principal).catch(() => false)),
    );
    const lists = (['tools', 'prompts', 'resources'] as const).filter(
      (kind) => filter[`${kind}ListChanged`] === true,
    );
    return {
      lists: new Set(lists),
      uris: new Set(strings(filter, 'resourceSubscriptions', MAX_LENGTH.uri)),
      taskIds: new Set(taskIds.filter((_taskId, index) => areKnown[index])),
    };
  }

  private async notificationFor(
    change: Change,
    { lists, uris, taskIds }: Wanted,
    meta: JsonObject,
    { context }: McpCall,
  ): Promise<JsonObject | undefined> {
    switch (change.kind) {
      case 'resource':
        // A resource that the caller cannot see is one that does not exist.
        return uris.has(change.uri) && this.resources.find(change.uri, context.principal) !== undefined
          ? notificationOf(change, meta)
          : undefined;
      case 'task': {
        if (!taskIds.has(change.taskId)) return undefined;
        const task = await this.tasks.find(change.taskId, context.principal);
        return { jsonrpc: '2.0', method: 'notifications/tasks', params: { _meta: meta, ...task } };
      }
      case 'tools':
      case 'prompts':
      case 'resources':
        return lists.has(change.kind) ? notificationOf(change, meta) : undefined;
      default:
        return change satisfies never;
    }
  }
}

function strings(filter: Params, name: string, max: number): readonly string[] {
  const value = filter[name] ?? [];
  const path = `params.notifications.${name}`;
  if (!Array.isArray(value)) throw invalidParams(`${path} is not an array of strings`);
  if (value.length > MAX_ITEMS) throw invalidParams(`${path} has more than ${MAX_ITEMS} items`);
  return value.map((item, index) => boundedString(item, `${path}[${index}]`, max));
}

function acknowledged({ lists, uris, taskIds }: Wanted): object {
  return {
    ...Object.fromEntries([...lists].map((kind) => [`${kind}ListChanged`, true])),
    ...(uris.size > 0 && { resourceSubscriptions: [...uris] }),
    ...(taskIds.size > 0 && { taskIds: [...taskIds] }),
  };
}
