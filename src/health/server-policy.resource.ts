import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import type { CallContext } from '../core/call-context.js';
import type { Principal } from '../core/principal.js';
import { Resource } from '../tools/resources/resource.decorator.js';
import { ToolCaller } from '../tools/tool-caller.service.js';

/** What the caller may do, and within which bounds: a model that knows them need not run into them. */
@Injectable()
export class ServerPolicyResource {
  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    private readonly caller: ToolCaller,
  ) {}

  @Resource({
    uri: 'mcpo://server/policy',
    name: 'server-policy',
    title: 'Effective policy',
    description:
      'What holds for you: who you are to this server, your scopes, the tools that you may call with their deadlines, ' +
      'the rate limit, and the bounds of requests and answers. Durations are in milliseconds.',
    mimeType: 'application/json',
  })
  policy({ principal }: CallContext): Promise<object> {
    const { http, tools } = this.config;
    return Promise.resolve({
      principal: { id: principal.id, kind: principal.kind, scopes: principal.scopes },
      tools: this.caller.visibleTo(principal).map((tool) => ({
        name: tool.definition.name,
        timeoutMs: this.caller.deadlineOf(tool),
        duration: tool.definition.duration,
        task: tool.definition.task,
      })),
      rateLimit: this.rateLimitOf(principal),
      limits: {
        requestBytes: http.bodyLimitBytes,
        concurrentToolCalls: tools.maxConcurrency,
        toolOutputBytes: tools.maxOutputBytes,
      },
    });
  }

  /** `null` where nothing is counted: it is switched off, or the caller has started the process itself. */
  private rateLimitOf({ kind }: Principal): object | null {
    const { maxRequests, windowMs } = this.config.rateLimit;
    return maxRequests === 0 || kind === 'local' ? null : { requests: maxRequests, windowMs, per: 'address' };
  }
}
