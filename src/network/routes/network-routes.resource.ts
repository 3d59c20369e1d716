import { Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import { Resource } from '../../tools/resources/resource.decorator.js';
import { RESOURCE_LIMIT } from '../paging.js';
import { ToolAnswers } from '../tool-answers.service.js';
import type { RoutesReport } from './route.schema.js';

/** The answer of `network_route_table` as a resource. */
@Injectable()
export class NetworkRoutesResource {
  constructor(private readonly answers: ToolAnswers) {}

  /** @throws ToolError as the tool does. */
  @Resource({
    uri: 'mcpo://network/routes',
    name: 'network-routes',
    title: 'Routing table',
    description:
      'The main IPv4 and IPv6 routing tables of the machine that this server runs on, as network_route_table answers ' +
      'them, the first 1,000.',
    mimeType: 'application/json',
    tool: 'network_route_table',
  })
  all(context: CallContext): Promise<RoutesReport> {
    return this.answers.ask('network_route_table', { limit: RESOURCE_LIMIT }, context);
  }
}
