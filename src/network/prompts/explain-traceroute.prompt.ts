import { Injectable } from '@nestjs/common';
import { Prompt, type PromptValues } from '../../tools/prompts/prompt.decorator.js';
import { ANSWER_RULES } from './answer-rules.js';
import { TARGET_ARGUMENT, targetIn } from './target.argument.js';

@Injectable()
export class ExplainTraceroutePrompt {
  /** @throws ToolError `invalid_arguments` for what is no target. */
  @Prompt({
    name: 'explain_traceroute',
    title: 'Explain a traceroute',
    description: 'Traces the way to a host and explains it hop by hop, without the usual misreadings.',
    tools: ['network_traceroute'],
    arguments: [{ ...TARGET_ARGUMENT, required: true }],
  })
  async render(values: PromptValues): Promise<string> {
    const target = targetIn(values);
    return `Trace the way to ${target} and explain it to a network engineer.

1. network_traceroute {"target": "${target}"}; it reports hop after hop and may take half a minute.
2. network_route_table {"family": <family of step 1>}: the first hop should be the gateway of the route that takes the address. If it is not, say so.
3. network_ping {"target": "${target}", "count": 10}: the true loss and round trip from end to end.

Read the hops like this:
- A probe that is null: no answer within a second. Routers limit or refuse such answers; as long as later hops answer, nothing is lost there.
- Delay counts only if it stays: a hop that is slow while later ones are fast answers slowly, but forwards well. A step that all later hops keep is real, and lies between that hop and the one before it.
- Several addresses on one hop: load is shared over parallel paths. The times of one hop may belong to different paths.
- One address on two hops, or hops that repeat: a routing loop, or a tunnel that hides hops.
- Annotations: !H host, !N network, !P protocol unreachable; !X forbidden by a filter; !F a packet too large for the next link.
- reached is false and every hop after the last answer is silent: a filter, or a host that does not answer UDP. Compare with step 3 before you call it down.
- The way back is not seen and may differ: a step in delay can also lie on the return path.

Give a table of the hops (number, address, best time, remark), then the explanation.

${ANSWER_RULES}`;
  }
}
