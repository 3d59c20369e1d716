import { Injectable } from '@nestjs/common';
import ipaddr from 'ipaddr.js';
import type { CallContext } from '../../core/call-context.js';
import type { CompletionProvider } from '../../tools/completer.port.js';
import type { Route, RoutesReport } from '../routes/route.schema.js';
import { suggest } from '../suggestions.js';
import { ToolAnswers } from '../tool-answers.service.js';

/** Completes a target with the routers that this machine sends to: those of the default routes first. */
@Injectable()
export class TargetCompleter implements CompletionProvider {
  constructor(private readonly answers: ToolAnswers) {}

  complete(typed: string, _settled: unknown, context: CallContext): Promise<string[]> {
    return suggest(typed, this.gateways(context));
  }

  private async gateways(context: CallContext): Promise<string[]> {
    const { routes } = await this.answers.ask<RoutesReport>('network_route_table', {}, context);
    const isDefault = ({ destination }: Route): boolean => destination.endsWith('/0');
    return [...routes.filter(isDefault), ...routes.filter((route) => !isDefault(route))].flatMap(gatewaysOf);
  }
}

function gatewaysOf({ gateway, interface: device, nextHops }: Route): string[] {
  return [{ gateway, interface: device }, ...nextHops].flatMap((hop) =>
    hop.gateway === null ? [] : [withZone(hop.gateway, hop.interface)],
  );
}

/** A link-local address says where to send only together with its interface (RFC 4007, 11). */
function withZone(address: string, device: string | null): string {
  const isLinkLocal = ipaddr.parse(address).range() === 'linkLocal' && address.includes(':');
  return isLinkLocal && device !== null ? `${address}%${device}` : address;
}
