import type { JsonObject } from '../../core/client.port.js';
import type { Principal } from '../../core/principal.js';
import type { RequestContext } from '../../observability/request-context.js';
import type { Exchange } from '../client/exchange.port.js';
import type { StdioChannel } from './stdio.channel.js';

/** Whoever started the process may do everything. */
export const LOCAL: Principal = Object.freeze<Principal>({
  id: 'local',
  kind: 'local',
  scopes: ['tools:call', 'chat', 'admin', 'network:host', 'network:http-write'],
});

/** One line from the process at the other end; answers and everything else go down the channel that all lines share. */
export class StdioExchange implements Exchange {
  readonly principal = LOCAL;
  readonly headers = undefined;
  readonly requestHeaders = undefined;
  readonly canStream = true;
  readonly isAuthorised = true;

  constructor(
    readonly connection: StdioChannel,
    readonly trace: RequestContext,
    readonly sessionId: string,
    readonly bodyLength = 0,
  ) {}

  /** Who has started the process is not limited. */
  countMessages(): Promise<void> {
    return Promise.resolve();
  }

  send(message: JsonObject): void {
    this.connection.write(JSON.stringify(message));
  }

  /** The channel is held open by the process at the other end. */
  keepAlive(): void {}

  /** A channel has no end of its own: the end of the input is the end of the connection. */
  onGone(): void {}
}
