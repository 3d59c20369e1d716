import { Agent, request } from 'node:http';

export interface KeptAnswer {
  readonly status: number;
  readonly body: string;
  /** Whether the connection was there before. */
  readonly isReused: boolean;
}

/** One kept-alive connection to a server; every request goes over it. */
export class KeptConnection {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  /** @param localAddress the address to come from */
  constructor(
    private readonly url: string,
    private readonly localAddress?: string,
  ) {}

  mcp(body: object, headers: Record<string, string>): Promise<KeptAnswer> {
    return new Promise((resolve, reject) => {
      const { agent, localAddress } = this;
      const outgoing = request(
        `${this.url}/mcp`,
        {
          agent,
          ...(localAddress !== undefined && { localAddress }),
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, body: text, isReused: outgoing.reusedSocket }),
          );
        },
      );
      outgoing.on('error', reject);
      outgoing.end(JSON.stringify(body));
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
