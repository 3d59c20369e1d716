import { Cancellation } from '../../core/cancellation.js';
import type { InputRequest, JsonObject } from '../../core/client.port.js';
import { MemoryPubSub } from '../../storage/memory.pub-sub.js';
import type { ClientChannel } from './exchange.port.js';
import type { Session } from '../sessions/session.store.port.js';
import { ServerRequests } from './server-requests.service.js';

const QUESTION: InputRequest = { method: 'elicitation/create', params: { message: 'Name?' } };
const SESSION = { id: 'session' } as Session;

/** What a client at the end of a stream has been sent. */
class SentMessages implements ClientChannel {
  readonly principal = { id: 'key:one', kind: 'api-key', scopes: [] } as const;
  readonly connection = this;
  readonly canStream = true;
  readonly isAuthorised = true;
  readonly sent: JsonObject[] = [];

  send(message: JsonObject): void {
    this.sent.push(message);
  }

  keepAlive(): void {}
  onGone(): void {}
}

describe(ServerRequests.name, () => {
  const pubSub = new MemoryPubSub();
  let here: ServerRequests;
  let there: ServerRequests;
  let client: SentMessages;
  let cancellation: Cancellation;
  const ask = (): Promise<JsonObject> => here.request(SESSION, client, QUESTION, cancellation);
  const answer = (members: JsonObject, index = 0): JsonObject => ({
    jsonrpc: '2.0',
    id: client.sent[index]!['id'],
    ...members,
  });

  beforeEach(async () => {
    [here, there] = [new ServerRequests(pubSub), new ServerRequests(pubSub)];
    await Promise.all([here.onModuleInit(), there.onModuleInit()]);
    client = new SentMessages();
    cancellation = new Cancellation();
  });
  afterEach(() => {
    here.onApplicationShutdown();
    there.onApplicationShutdown();
  });

  it('sends the request, and gives its result', async () => {
    const asked = ask();
    expect(client.sent).toEqual([{ jsonrpc: '2.0', id: expect.any(String) as string, ...QUESTION }]);
    await here.settle('session', answer({ result: { action: 'decline' } }));
    expect(await asked).toEqual({ action: 'decline' });
    expect(here.pendingCount).toBe(0);
  });

  it('takes an answer that has reached another replica', async () => {
    const asked = ask();
    await there.settle('session', answer({ result: { action: 'cancel' } }));
    expect(await asked).toEqual({ action: 'cancel' });
  });

  it('keeps requests apart', async () => {
    const asked = [ask(), ask()];
    await here.settle('session', answer({ result: { n: 2 } }, 1));
    await here.settle('session', answer({ result: { n: 1 } }, 0));
    expect(await Promise.all(asked)).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('drops an answer within another session, and one under an id that was never used', async () => {
    const asked = ask();
    await here.settle('another', answer({ result: { action: 'accept' } }));
    await here.settle('session', { jsonrpc: '2.0', id: 'never', result: { action: 'accept' } });
    await here.settle('session', { jsonrpc: '2.0', result: { action: 'accept' } });
    expect(here.pendingCount).toBe(1);
    await here.settle('session', answer({ result: { action: 'decline' } }));
    expect(await asked).toEqual({ action: 'decline' });
  });

  it('tells what the client has against it', async () => {
    const asked = ask();
    await here.settle('session', answer({ error: { code: -1, message: 'Not today' } }));
    await expect(asked).rejects.toMatchObject({
      code: 'tool_failed',
      message: expect.stringContaining('Not today') as string,
    });
    expect(here.pendingCount).toBe(0);
  });

  it('waits no longer than the call', async () => {
    const asked = ask();
    const reason = new Error('The call has ended');
    cancellation.cancel(reason);
    await expect(asked).rejects.toBe(reason);
    expect(here.pendingCount).toBe(0);
  });
});
