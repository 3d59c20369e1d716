import { randomUUID } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import { RequestContext, requestContexts } from '../../observability/request-context.js';
import { RequestRecorder } from '../../http/record/request.recorder.js';
import { McpService } from '../dispatch/mcp.service.js';
import { Sessions } from '../sessions/sessions.service.js';
import { NotificationStreams } from '../streams/notification-streams.service.js';
import { SessionChanges } from '../streams/session-changes.service.js';
import { StdioChannel } from './stdio.channel.js';
import { LOCAL, StdioExchange } from './stdio.exchange.js';
import { linesOf } from './stdio.lines.js';

/**
 * The stdio transport (2026-07-28, basic/transports/stdio): one message per line, in on one stream and out on the
 * other. The connection stands for the session of a client of the handshake era.
 */
@Injectable()
export class StdioServer {
  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    private readonly mcp: McpService,
    private readonly sessions: Sessions,
    private readonly sessionChanges: SessionChanges,
    private readonly streams: NotificationStreams,
    private readonly recorder: RequestRecorder,
  ) {}

  /** Serves until the input ends and everything that was asked has been answered. */
  async serve(input: Readable, output: Writable): Promise<void> {
    const connection = await this.connect(new StdioChannel(output));
    const answering = new Set<Promise<void>>();
    try {
      for await (const line of linesOf(input)) {
        if (line.trim() === '') continue;
        const work = connection.answer(line).finally(() => answering.delete(work));
        answering.add(work);
      }
      // Nobody listens to changes any more; what was asked before is still answered.
      this.streams.endAll(connection.channel);
      await Promise.all(answering);
    } finally {
      connection.close();
    }
  }

  private async connect(channel: StdioChannel) {
    let { id: sessionId } = await this.sessions.begin(LOCAL, '', {});
    const touch = setInterval(
      () => void this.sessions.current(sessionId, LOCAL).catch(() => undefined),
      this.config.mcp.sessionTtlMs / 2,
    ).unref();

    const answer = async (line: string): Promise<void> => {
      const trace = new RequestContext(randomUUID());
      trace.principal = LOCAL;
      await requestContexts.run(trace, async () => {
        const exchange = new StdioExchange(channel, trace, sessionId, line.length);
        const { status, body, session } = await this.mcp.handle(line, exchange);
        if (session !== undefined) {
          // The handshake has begun a session: it is this connection's from now on.
          sessionId = session.id;
          this.follow(new StdioExchange(channel, trace, sessionId));
        }
        if (body !== '') channel.write(body);
        this.recorder.recordMessage(trace, status);
      });
    };
    return { channel, answer, close: () => clearInterval(touch) };
  }

  private follow(exchange: StdioExchange): void {
    this.streams.endAll(exchange.connection);
    void this.sessionChanges.follow(exchange.sessionId, exchange, () => undefined).catch(() => undefined);
  }
}
