import { Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import { AppError } from '../../core/errors.js';
import { Resource, ResourceTemplate } from '../../tools/resources/resource.decorator.js';
import { RESOURCE_LIMIT } from '../paging.js';
import { ToolAnswers } from '../tool-answers.service.js';
import type { InterfacesReport, NetworkInterface } from './interface.schema.js';
import { InterfaceNameCompleter } from './interface-name.completer.js';

type InterfaceReport = Pick<InterfacesReport, 'source' | 'sourceNote' | 'vantage'> & {
  readonly interface: NetworkInterface;
};

/** Longer than any that the tool takes. */
const MAX_NAME = 128;

/** The answer of `network_interfaces` as resources: as a whole, and by name. */
@Injectable()
export class NetworkInterfacesResource {
  constructor(private readonly answers: ToolAnswers) {}

  /** @throws ToolError as the tool does. */
  @Resource({
    uri: 'mcpo://network/interfaces',
    name: 'network-interfaces',
    title: 'Network interfaces',
    description:
      'Every network interface of the machine that this server runs on, with addresses, state and counters, as ' +
      'network_interfaces answers it.',
    mimeType: 'application/json',
    tool: 'network_interfaces',
  })
  all(context: CallContext): Promise<InterfacesReport> {
    return this.answers.ask('network_interfaces', { limit: RESOURCE_LIMIT }, context);
  }

  /** @throws AppError `resource_not_found` for a name that no interface has; ToolError as the tool does. */
  @ResourceTemplate({
    uriTemplate: 'mcpo://network/interfaces/{name}',
    name: 'network-interface',
    title: 'Network interface',
    description: 'One network interface of the machine that this server runs on, by its name, such as eth0.',
    mimeType: 'application/json',
    tool: 'network_interfaces',
    complete: { name: InterfaceNameCompleter },
  })
  async byName({ name }: Readonly<Record<string, string>>, context: CallContext): Promise<InterfaceReport> {
    if (name === undefined || name === '' || name.length > MAX_NAME) throw new AppError('resource_not_found');
    const { interfaces, source, sourceNote, vantage } = await this.answers.ask<InterfacesReport>(
      'network_interfaces',
      { name },
      context,
    );
    const found = interfaces.find((candidate) => candidate.name === name);
    if (found === undefined) throw new AppError('resource_not_found');
    return { interface: found, source, sourceNote, vantage };
  }
}
