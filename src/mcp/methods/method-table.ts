import type { Type } from '@nestjs/common';
import type { McpMethod } from '../dispatch/mcp-method.js';
import { CompletionCompleteMethod } from './completion-complete.method.js';
import { InitializeMethod } from './initialize.method.js';
import { LoggingSetLevelMethod } from './logging-set-level.method.js';
import { PingMethod } from './ping.method.js';
import { PromptsGetMethod, PromptsListMethod } from './prompts.methods.js';
import { ResourcesSubscribeMethod, ResourcesUnsubscribeMethod } from './resource-subscription.methods.js';
import {
  ResourcesListMethod,
  ResourcesReadMethod,
  ResourceTemplatesListMethod,
} from './resources.methods.js';
import { ServerDiscoverMethod } from './server-discover.method.js';
import { SubscriptionsListenMethod } from './subscriptions-listen.method.js';
import { TasksCancelMethod, TasksGetMethod, TasksUpdateMethod } from './tasks.methods.js';
import { ToolsCallMethod } from './tools-call.method.js';
import { ToolsListMethod } from './tools-list.method.js';

/** The method table of the protocol: a method is served when its class stands here. */
export const METHODS: Type<McpMethod>[] = [
  InitializeMethod,
  PingMethod,
  ServerDiscoverMethod,
  ToolsListMethod,
  ToolsCallMethod,
  ResourcesListMethod,
  ResourceTemplatesListMethod,
  ResourcesReadMethod,
  ResourcesSubscribeMethod,
  ResourcesUnsubscribeMethod,
  PromptsListMethod,
  PromptsGetMethod,
  CompletionCompleteMethod,
  LoggingSetLevelMethod,
  SubscriptionsListenMethod,
  TasksGetMethod,
  TasksUpdateMethod,
  TasksCancelMethod,
];
