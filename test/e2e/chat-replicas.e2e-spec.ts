import { chat, type ChatReply } from '../helpers/chat-client.js';
import { ChatServerProcess } from '../helpers/chat-server/chat-server-process.js';
import { TEST_KEY, type TestServer } from '../helpers/app.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { withoutTimeouts } from '../helpers/simulated-clock.js';
import { startReplicas, type Replicas } from '../helpers/replicas.js';

interface Turn {
  readonly message: string;
  readonly status: string;
  readonly response?: string;
}

/** One conversation, whichever replica is asked. */
describeWithParts('Conversations of two replicas', ['redis-server', 'ping'], () => {
  let chatServer: ChatServerProcess;
  let replicas: Replicas | undefined;

  beforeAll(async () => {
    chatServer = await ChatServerProcess.start();
    replicas = await startReplicas({
      env: { CHAT_SERVER_URL: chatServer.url, CHAT_MODEL: 'rules', CHAT_MAX_HISTORY_TOKENS: '100000' },
    });
  });
  afterAll(async () => {
    await replicas?.close();
    await chatServer.kill();
  });

  const ask = (server: TestServer, message: string, conversationId?: string): Promise<ChatReply> =>
    chat(server.url, { message, ...(conversationId !== undefined && { conversationId }) });
  const turnsAt = async (server: TestServer, id: string): Promise<Turn[]> => {
    const response = await fetch(`${server.url}/chat/${id}`, { headers: { 'x-api-key': TEST_KEY } });
    return ((await response.json()) as { turns: Turn[] }).turns;
  };

  it('go on where the other one stopped', async () => {
    const { a, b } = replicas!;
    const { conversationId } = (await ask(a, 'say 0')).body;
    for (let index = 1; index < 6; index += 1)
      await ask(index % 2 === 0 ? a : b, `say ${index}`, conversationId);
    await ask(a, 'Is 127.0.0.1 up?', conversationId);
    const { response } = (await ask(b, 'What have I asked?', conversationId)).body;
    expect(response).toBe('You have asked: say 0 | say 1 | say 2 | say 3 | say 4 | say 5 | Is 127.0.0.1 up?');
    const turns = await turnsAt(a, conversationId);
    expect(turns.map((turn) => turn.response).slice(0, 6)).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(turns).toEqual(await turnsAt(b, conversationId));
  });

  it('lose nothing of what both add at once', async () => {
    const { a, b } = replicas!;
    const { conversationId } = (await ask(a, 'say begin')).body;
    const messages = Array.from({ length: 40 }, (_, index) => `say ${index}`);
    // Redis may be late.
    const replies = await withoutTimeouts(() =>
      Promise.all(messages.map((message, index) => ask(index % 2 === 0 ? a : b, message, conversationId))),
    );
    expect(replies.map(({ body }) => body.response)).toEqual(messages.map((_, index) => String(index)));
    const turns = await turnsAt(b, conversationId);
    expect(turns).toHaveLength(41);
    // Each answer under its own question, in whatever order they came.
    for (const { message, status, response } of turns) {
      expect({ status, response }).toEqual({ status: 'answered', response: message.replace('say ', '') });
    }
    expect(new Set(turns.map(({ message }) => message)).size).toBe(41);
  });

  it('are kept with a time, under the name of their owner', async () => {
    const { conversationId } = (await ask(replicas!.a, 'say kept')).body;
    const { Redis } = await import('ioredis');
    const redis = new Redis(replicas!.redis.url);
    const [key = ''] = await redis.keys(`mcpo:chat:*:${conversationId}`);
    expect(key).toMatch(/^mcpo:chat:\{[0-9a-f]{16}\}:/);
    expect(await redis.pttl(key)).toBeGreaterThan(0);
    await redis.quit();
  });
});

describeWithParts('Conversations without their storage', ['redis-server'], () => {
  let chatServer: ChatServerProcess;
  let replicas: Replicas | undefined;

  beforeAll(async () => {
    chatServer = await ChatServerProcess.start();
    replicas = await startReplicas({ env: { CHAT_SERVER_URL: chatServer.url, CHAT_MODEL: 'rules' } });
  });
  afterAll(async () => {
    await replicas?.close();
    await chatServer.kill();
  });

  it('are told apart from conversations that never were, and are there again with it', async () => {
    const { a, b, redis } = replicas!;
    const { conversationId } = (await chat(a.url, { message: 'say hello' })).body;
    await redis.kill();
    for (const body of [{ message: 'hi' }, { message: 'hi', conversationId }]) {
      const reply = await chat(b.url, body);
      expect([reply.status, reply.body.code]).toEqual([503, 'storage_unavailable']);
    }
    await redis.start();
    let reply = await chat(b.url, { message: 'What have I asked?', conversationId });
    while (reply.status === 503) reply = await chat(b.url, { message: 'What have I asked?', conversationId });
    expect(reply.body.response).toBe('You have asked: say hello');
  });
});
