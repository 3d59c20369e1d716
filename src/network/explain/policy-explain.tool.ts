import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { CallContext } from '../../core/call-context.js';
import { Explain } from '../../tools/explain/explain.service.js';
import { EXPLANATION } from '../../tools/explain/explanation.port.js';
import { Tool, type ToolOutput } from '../../tools/tool.decorator.js';
import { VANTAGE_SCHEMA, vantageLine, VantagePoint } from '../host/vantage.js';

const INPUT = z.strictObject({
  tool: z.string().min(1).max(128).describe('Name of the tool.'),
  arguments: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('The arguments that it would be called with.'),
});

const OUTPUT = EXPLANATION.extend({ vantage: VANTAGE_SCHEMA });

type Output = z.infer<typeof OUTPUT>;

@Injectable()
export class PolicyExplainTool {
  constructor(
    private readonly explaining: Explain,
    private readonly vantage: VantagePoint,
  ) {}

  @Tool({
    name: 'policy_explain',
    title: 'Explain a call',
    description:
      'Says whether a tool call of yours would run, and which scope, limit, circuit breaker or rule of the probe ' +
      'policy decides. It runs nothing and contacts no target; it looks names up and shows the addresses that it ' +
      'judged. Use it after policy_denied, or before many calls.',
    input: INPUT,
    output: OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  })
  async explain(
    { tool, arguments: args = {} }: z.output<typeof INPUT>,
    context: CallContext,
  ): Promise<ToolOutput<Output>> {
    const explanation = await this.explaining.explain(tool, args, context);
    const structured = { ...explanation, vantage: await this.vantage.describe() };
    return { text: toText(structured), structured };
  }
}

function toText({ tool, wouldRun, decidedBy, checks, probes, note, vantage }: Output): string {
  return [
    `${tool} ${wouldRun ? 'would run' : 'would not run'}: ${decidedBy.detail}`,
    ...checks.map(
      ({ check, passes, rule, detail }) => `${passes ? 'pass' : 'FAIL'}  ${check} (${rule}): ${detail}`,
    ),
    ...probes.flatMap(({ host, port, transport, addresses, problem }) => {
      const to = `${host}${port === null ? '' : ` port ${port}`} (${transport})`;
      if (problem !== null) return [`${to}: ${problem}`];
      return addresses.map(
        ({ address, allowed, rule }) => `${to}: ${address} ${allowed ? 'allowed' : 'denied'} (${rule})`,
      );
    }),
    note,
    vantageLine(vantage),
  ].join('\n');
}
