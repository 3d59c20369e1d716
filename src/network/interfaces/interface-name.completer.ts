import { Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import type { CompletionProvider } from '../../tools/completer.port.js';
import { suggest } from '../suggestions.js';
import { ToolAnswers } from '../tool-answers.service.js';
import type { InterfacesReport } from './interface.schema.js';

/** Completes the names of the interfaces that there are. */
@Injectable()
export class InterfaceNameCompleter implements CompletionProvider {
  constructor(private readonly answers: ToolAnswers) {}

  complete(typed: string, _settled: unknown, context: CallContext): Promise<string[]> {
    return suggest(typed, this.names(context));
  }

  private async names(context: CallContext): Promise<string[]> {
    const { interfaces } = await this.answers.ask<InterfacesReport>('network_interfaces', {}, context);
    return interfaces.map(({ name }) => name);
  }
}
