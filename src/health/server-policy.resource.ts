import { Inject, Injectable } from '@nestjs/common';
import { RateLimiter } from '../access/limits/rate-limiter.service.js';
import { Configuration } from '../config/configuration.js';
import type { CallContext } from '../core/call-context.js';
import type { Principal } from '../core/principal.js';
import { Resource } from '../tools/resources/resource.decorator.js';
import { ToolCaller } from '../tools/call/tool-caller.service.js';

/** What the caller may do, and within which bounds: a model that knows them need not run into them. */
@Injectable()
export class ServerPolicyResource {
  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    private readonly caller: ToolCaller,
    private readonly limiter: RateLimiter,
  ) {}

  @Resource({
    uri: 'mcpo://server/policy',
    name: 'server-policy',
    title: 'Effective policy',
    description:
      'What holds for you: who you are to this server, your scopes, the tools that you may call with their deadlines, ' +
      'the rate limits, and the bounds of requests and answers. Durations are in milliseconds.',
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
        ...this.toolLimitOf(tool.definition.name, principal),
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
  private rateLimitOf({ kind, rateLimit }: Principal): object | null {
    const { maxRequests, windowMs } = rateLimit ?? this.config.rateLimit;
    const per = rateLimit === undefined ? 'address' : 'key';
    return maxRequests === 0 || kind === 'local' ? null : { requests: maxRequests, windowMs, per };
  }

  private toolLimitOf(tool: string, { kind }: Principal): object {
    const limit = this.limiter.toolLimit(tool);
    if (limit === undefined || kind === 'local') return {};
    return { rateLimit: { requests: limit.maxRequests, windowMs: limit.windowMs } };
  }
}
