import { setTimeout as sleep } from 'node:timers/promises';
import type { CallToolResult, Client, RequestOptions } from '@modelcontextprotocol/client';
import { z } from 'zod';
import { UpstreamError } from '../upstream.error.js';
import type { Arguments } from '../upstream.port.js';
import { TOOL_RESULT } from './carried-results.js';

/** Tasks as revision 2025-11-25 has them (basic/utilities/tasks). */
const task = z.looseObject({
  taskId: z.string(),
  status: z.enum(['working', 'input_required', 'completed', 'failed', 'cancelled']),
  statusMessage: z.string().optional(),
  pollInterval: z.number().optional(),
});
const created = z.looseObject({ task });
const anyResult = z.looseObject({});

/** For how long the upstream keeps the task, and how often it is asked for it; in milliseconds. */
const TTL_MS = 3_600_000;
const POLL_MS = { least: 100, usual: 1000, most: 5000 } as const;

/** A tool that its upstream runs only as a task: begun, followed and fetched within one ordinary call. */
export class LegacyTask {
  constructor(
    private readonly client: Client,
    private readonly name: string,
    private readonly args: Arguments,
  ) {}

  async run(options: RequestOptions, _meta: Record<string, unknown>): Promise<CallToolResult> {
    const params = { name: this.name, arguments: this.args, task: { ttl: TTL_MS }, _meta };
    const { task: begun } = await this.client.request({ method: 'tools/call', params }, created, options);
    try {
      return (await this.follow(begun, options)) as CallToolResult;
    } catch (error) {
      if (options.signal?.aborted === true) this.cancel(begun.taskId);
      throw error;
    }
  }

  private async follow(begun: z.output<typeof task>, options: RequestOptions): Promise<unknown> {
    const { taskId } = begun;
    let latest = begun;
    while (latest.status === 'working') {
      const interval = Math.min(Math.max(latest.pollInterval ?? POLL_MS.usual, POLL_MS.least), POLL_MS.most);
      await sleep(interval, undefined, { ...(options.signal && { signal: options.signal }) });
      latest = await this.client.request({ method: 'tasks/get', params: { taskId } }, task, options);
    }
    if (latest.status === 'cancelled') throw new UpstreamError('refused', 'The upstream cancelled the task');
    // Of a task that needs input, fetching the result is what makes the upstream ask.
    return this.client.request({ method: 'tasks/result', params: { taskId } }, TOOL_RESULT, options);
  }

  private cancel(taskId: string): void {
    this.client.request({ method: 'tasks/cancel', params: { taskId } }, anyResult).catch(() => undefined);
  }
}
