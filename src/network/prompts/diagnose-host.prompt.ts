import { Injectable } from '@nestjs/common';
import { Prompt, type PromptValues } from '../../tools/prompts/prompt.decorator.js';
import { ANSWER_RULES } from './answer-rules.js';
import { TARGET_ARGUMENT, targetIn } from './target.argument.js';

@Injectable()
export class DiagnoseHostPrompt {
  /** @throws ToolError `invalid_arguments` for what is no target. */
  @Prompt({
    name: 'diagnose_host',
    title: 'Diagnose a host',
    description:
      'Finds out whether a host can be reached from here, and if it cannot, where the way to it ends.',
    tools: [
      'network_ping',
      'network_route_lookup',
      'network_route_table',
      'network_neighbors',
      'network_interfaces',
      'network_interface_stats',
      'network_traceroute',
      'network_path_mtu',
      'network_connections',
    ],
    arguments: [{ ...TARGET_ARGUMENT, required: true }],
  })
  async render(values: PromptValues): Promise<string> {
    const target = targetIn(values);
    return `Find out whether ${target} can be reached from the machine that this server runs on, and if not, where the way to it ends.

Take these steps in order. Stop when the cause is certain.

1. network_ping {"target": "${target}", "count": 4}
   - Error host_not_found: the name does not resolve. That is a matter of DNS; the network behind it is not tested yet.
   - reachable is true: judge lossPercent and rttMs. With any loss, or with mdev of more than half of avg, repeat with "count": 20.
   - reachable is false: read icmpErrors (which router reports what) and localErrors (this machine refuses to send).
2. network_route_lookup {"target": "${target}"}
   - Which way the kernel would send it: outcome, gateway, interface, source address, and the rule that decided.
   - An outcome of no_route, blackhole, unreachable or prohibit is the cause; network_route_table shows what else there is.
3. network_interfaces {}
   - The interface of that route: adminUp, operstate, an address in the network of the gateway.
   - network_interface_stats {"seconds": 3}: newErrors or newDropped above 0, or utilizationPercent near 100, point to the link.
4. network_ping to the gateway of step 2, if there is one; without one network_neighbors {"address": <address>}.
   - No answer, or a neighbour that is FAILED or INCOMPLETE: the fault is between this machine and its router. An answer: it is beyond.
5. network_traceroute {"target": "${target}"}, if step 1 had loss or no answer.
   - The last hop that answers is where to look next. An annotation such as !H, !N or !X says who refuses, and why.
6. network_connections {"state": "SYN_SENT"}, if the complaint is about a service of the host.
   - Connections that open and then hang: network_path_mtu {"target": "${target}"}; a black_hole is the cause.
   - Sockets to the address in SYN_SENT: the handshake gets no answer, as behind a firewall that drops.

${ANSWER_RULES}`;
  }
}
