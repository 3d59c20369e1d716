import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import { TEST_KEY } from '../helpers/app.js';
import type { FuzzRequest } from './arbitraries/requests.js';

export interface FuzzAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  /** The whole body; of a stream that stays open, what came before it was left. */
  readonly body: string;
  readonly isOpenStream: boolean;
}

/** A request that is not answered within this time is not answered. */
const DEADLINE_MS = 120_000;

/** Sends requests on a few connections that are kept alive. */
export class FuzzClient {
  private readonly agent: Agent;

  constructor(
    private readonly url: string,
    connections: number,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  send({ verb, headers, body }: FuzzRequest): Promise<FuzzAnswer> {
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        `${this.url}/mcp`,
        { method: verb, agent: this.agent, signal: AbortSignal.timeout(DEADLINE_MS) },
        (response) => {
          read(response, verb).then(resolve, reject);
        },
      );
      outgoing.on('error', reject);
      for (const [name, value] of Object.entries({ 'x-api-key': TEST_KEY, ...headers })) {
        outgoing.setHeader(name, value);
      }
      const bytes = Buffer.from(body);
      if (bytes.length > 0 || verb === 'POST') outgoing.setHeader('content-length', bytes.length);
      outgoing.end(bytes);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** What keeps a stream open: a subscription, a session's own stream, a question that waits for an answer. */
const STAYS_OPEN = /"method":"(notifications\/subscriptions\/acknowledged|elicitation\/create)"/;

async function read(response: IncomingMessage, verb: string): Promise<FuzzAnswer> {
  const contentType = response.headers['content-type'];
  const isStream = contentType === 'text/event-stream';
  const answer = { status: response.statusCode ?? 0, contentType };
  if (isStream && verb === 'GET') {
    response.destroy();
    return { ...answer, body: '', isOpenStream: true };
  }
  let body = '';
  response.setEncoding('utf8');
  for await (const chunk of response as AsyncIterable<string>) {
    body += chunk;
    // Leaving the loop closes the connection.
    if (isStream && STAYS_OPEN.test(body) && body.endsWith('\n\n'))
      return { ...answer, body, isOpenStream: true };
  }
  return { ...answer, body, isOpenStream: false };
}
