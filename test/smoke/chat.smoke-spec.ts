import { chat, ChatEvents } from '../helpers/chat-client.js';
import { ChatServerProcess } from '../helpers/chat-server/chat-server-process.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { RedisProcess } from '../helpers/redis-process.js';
import { ServerProcess, SMOKE_KEY } from '../helpers/server-process.js';
import { waitFor } from '../helpers/wait-for.js';

const KEY = { key: SMOKE_KEY };

/** The chat of the built server, as a process. */
describeWithParts('The chat of a process', ['redis-server', 'ping'], () => {
  let chatServer: ChatServerProcess;
  let redis: RedisProcess | undefined;

  const start = (env: Record<string, string> = {}): Promise<ServerProcess> =>
    ServerProcess.listening({ CHAT_SERVER_URL: chatServer.url, CHAT_MODEL: 'rules', ...env });

  beforeEach(async () => {
    chatServer = await ChatServerProcess.start();
  });
  afterEach(async () => {
    await ServerProcess.endAll();
    await chatServer.kill();
    await redis?.remove();
    redis = undefined;
  });

  it('answers with the figures of a tool, and has its system prompt with it', async () => {
    const server = await start();
    const { body } = await chat(server.url, { message: 'Is 127.0.0.1 up?' }, KEY);
    expect(body.response).toMatch(/^Yes, 127\.0\.0\.1 is up/);
    const [request] = await chatServer.requests();
    expect(request?.body.messages[0]?.content).toMatch(/^You are a network engineer on call\./);
  });

  it('loses nothing when the replica that has worked on a conversation is killed', async () => {
    redis = await RedisProcess.create();
    const env = { REDIS_URL: redis.url };
    const [a, b] = [await start(env), await start(env)];
    const { conversationId } = (await chat(a.url, { message: 'say one' }, KEY)).body;
    await chat(b.url, { message: 'Is 127.0.0.1 up?', conversationId }, KEY);
    await chat(a.url, { message: 'say three', conversationId }, KEY);
    // While it works on a fourth: the question has been kept.
    const cut = await ChatEvents.open(a.url, { message: 'the fourth', conversationId, model: 'held' }, KEY);
    await cut.until('text');
    a.signal('SIGKILL');
    await a.exit();
    await cut.ended;
    const { response } = (await chat(b.url, { message: 'What have I asked?', conversationId }, KEY)).body;
    expect(response).toBe('You have asked: say one | Is 127.0.0.1 up? | say three | the fourth');
    const shown = await fetch(`${b.url}/chat/${conversationId}`, { headers: { 'x-api-key': SMOKE_KEY } });
    const { turns } = (await shown.json()) as { turns: { status: string }[] };
    expect(turns.map(({ status }) => status)).toEqual([
      'answered',
      'answered',
      'answered',
      'open',
      'answered',
    ]);
  });

  it('lets streams come to their end at SIGTERM', async () => {
    const server = await start();
    const stream = await ChatEvents.open(server.url, { message: 'hello', model: 'held' }, KEY);
    await stream.until('text');
    server.signal('SIGTERM');
    await server.says('Shutting down');
    await chatServer.release();
    await stream.ended;
    expect(stream.events.at(-1)).toMatchObject({ event: 'done', data: { success: true } });
    expect(await server.exit()).toBe(0);
  });

  it('ends with an error event what does not come to its end in time', async () => {
    const server = await start({ SHUTDOWN_TIMEOUT_MS: '8000' });
    const stream = await ChatEvents.open(server.url, { message: 'hello', model: 'held' }, KEY);
    await stream.until('text');
    server.signal('SIGTERM');
    await stream.ended;
    expect(stream.events.at(-1)).toMatchObject({
      event: 'error',
      data: { code: 'shutting_down', status: 503 },
    });
    expect(await server.exit()).toBe(0);
    await waitFor(async () => (await chatServer.state()).held === 0);
  });

  it('does not start with a system prompt that cannot be read', async () => {
    const server = ServerProcess.spawn({ MCP_PORT: '0', CHAT_SYSTEM_PROMPT_FILE: '/nonexistent/prompt.md' });
    expect(await server.exit()).not.toBe(0);
    expect(server.stdout + server.stderr).toContain('/nonexistent/prompt.md');
  });
});
