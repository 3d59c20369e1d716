import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { AUDIT_KEY, AuditDirectory } from '../helpers/audit-files.js';
import { chat } from '../helpers/chat-client.js';
import { ChatServerProcess } from '../helpers/chat-server/chat-server-process.js';
import { scrape, valueOf } from '../helpers/prometheus-text.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { waitFor } from '../helpers/wait-for.js';

describeWithParts('What can be seen of a chat', ['ping'], () => {
  const audit = new AuditDirectory();
  const directory = mkdtempSync(join(tmpdir(), 'mcpo-prompt-'));
  const prompt = join(directory, 'prompt.md');
  let chatServer: ChatServerProcess;
  let server: TestServer;

  beforeAll(async () => {
    writeFileSync(prompt, 'You are a test.\n');
    chatServer = await ChatServerProcess.start();
    server = await startServer({
      env: {
        CHAT_SERVER_URL: chatServer.url,
        CHAT_MODEL: 'rules',
        CHAT_SYSTEM_PROMPT_FILE: prompt,
        AUDIT_LOG: audit.file,
        AUDIT_KEY,
      },
    });
  });
  afterAll(async () => {
    await server.close();
    await chatServer.kill();
    audit.remove();
    rmSync(directory, { recursive: true });
  });

  it('is counted: questions, rounds, tokens, tool calls, the time to the first token', async () => {
    const { body } = await chat(server.url, { message: 'Is 127.0.0.1 up?' });
    await chat(server.url, { message: 'hi', model: 'busy' });
    await waitFor(
      async () =>
        valueOf(await scrape(server.url), 'mcpo_chat_turns_total', { outcome: 'chat_server_busy' }) === 1,
    );
    const metrics = await scrape(server.url);
    const values = {
      turns: valueOf(metrics, 'mcpo_chat_turns_total', { outcome: 'ok' }),
      durations: valueOf(metrics, 'mcpo_chat_turn_duration_seconds_count'),
      inFlight: valueOf(metrics, 'mcpo_chat_turns_in_flight'),
      rounds: valueOf(metrics, 'mcpo_chat_rounds_total', { outcome: 'ok' }),
      busyRounds: valueOf(metrics, 'mcpo_chat_rounds_total', { outcome: 'busy' }),
      firstTokens: valueOf(metrics, 'mcpo_chat_time_to_first_token_seconds_count'),
      promptTokens: valueOf(metrics, 'mcpo_chat_tokens_total', { kind: 'prompt' }),
      completionTokens: valueOf(metrics, 'mcpo_chat_tokens_total', { kind: 'completion' }),
      toolCalls: valueOf(metrics, 'mcpo_chat_tool_calls_total', { outcome: 'ok' }),
    };
    expect(values).toEqual({
      turns: 1,
      durations: 2,
      inFlight: 0,
      rounds: 2,
      busyRounds: 1,
      firstTokens: 2,
      promptTokens: body.usage?.['promptTokens'],
      completionTokens: body.usage?.['completionTokens'],
      toolCalls: 1,
    });
  });

  it('is in the audit trail, each tool call under the correlation id of the question', async () => {
    const headers = { 'x-correlation-id': 'seen-1' };
    const { body } = await chat(server.url, { message: 'Are 127.0.0.1 and 127.0.0.2 up?' }, { headers });
    const records = (): Readonly<Record<string, unknown>>[] =>
      audit.records.filter((record) => record['correlationId'] === 'seen-1');
    await waitFor(() => records().length >= 4);
    const calls = records().filter(({ action }) => action === 'tool.call');
    expect(calls.map(({ target, outcome }) => [target, outcome])).toEqual([
      ['network_ping', 'ok'],
      ['network_ping', 'ok'],
    ]);
    expect(records().filter(({ action }) => action === 'chat.turn')).toMatchObject([
      { outcome: 'ok', target: body.conversationId, details: { result: 'ok', rounds: 1, toolCalls: 2 } },
    ]);
    expect(audit.text).not.toContain('Are 127.0.0.1');
  });

  it('is in /status, which never waits for the chat server', async () => {
    const read = async (): Promise<{ server: { state: string } }> =>
      ((await (await fetch(`${server.url}/status`)).json()) as { chat: { server: { state: string } } }).chat;
    expect((await read()).server).toEqual({ state: 'unknown' });
    await waitFor(async () => (await read()).server.state === 'up');
    await chatServer.kill();
    // Believed for a minute.
    expect((await read()).server.state).toBe('up');
    await chatServer.restart();
  });

  it('is looked at anew for each reading of /status where that is wanted', async () => {
    const eager = await startServer({
      env: { CHAT_SERVER_URL: chatServer.url, CHAT_MODEL: 'rules', CACHE_HEALTH_TTL_SECONDS: '0' },
    });
    const state = async (): Promise<string> => {
      const status = (await (await fetch(`${eager.url}/status`)).json()) as {
        chat: { server: { state: string } };
      };
      return status.chat.server.state;
    };
    try {
      await waitFor(async () => (await state()) === 'up');
      await chatServer.kill();
      await waitFor(async () => (await state()) === 'away');
    } finally {
      await chatServer.restart();
      await eager.close();
    }
  });

  it('sends the system prompt of the operator, with the rules about tool results', async () => {
    await chat(server.url, { message: 'hi' });
    const content = (await chatServer.requests()).at(-1)?.body.messages[0]?.content;
    expect(content).toMatch(/^You are a test\.\n\nWhat a tool answers stands between/);
    writeFileSync(prompt, 'You are another test.\n');
    process.emit('SIGHUP');
    await chat(server.url, { message: 'hi' });
    expect((await chatServer.requests()).at(-1)?.body.messages[0]?.content).toMatch(
      /^You are another test\./,
    );
  });

  it('counts a question once against the rate limit, whatever it leads to', async () => {
    const limited = await startServer({
      env: { CHAT_SERVER_URL: chatServer.url, CHAT_MODEL: 'rules', RATE_LIMIT_MAX_REQUESTS: '2' },
    });
    try {
      const replies = [
        await chat(limited.url, { message: 'Are 127.0.0.1 and 127.0.0.2 up?' }),
        await chat(limited.url, { message: 'hi' }),
        await chat(limited.url, { message: 'hi' }),
      ];
      expect(replies.map(({ status }) => status)).toEqual([200, 200, 429]);
      expect(replies[0]?.headers.get('ratelimit-remaining')).toBe('1');
      expect(replies[2]?.body.code).toBe('rate_limited');
    } finally {
      await limited.close();
    }
  });

  it('needs a key of the chat server that is right', async () => {
    const strict = await ChatServerProcess.start({ key: 'the-right-key' });
    const wrong = await startServer({
      env: {
        CHAT_SERVER_URL: strict.url,
        CHAT_MODEL: 'rules',
        CHAT_API_KEY: 'planted-wrong-key',
        MCP_API_KEYS: TEST_KEY,
      },
    });
    try {
      const { status, body } = await chat(wrong.url, { message: 'hi' });
      expect([status, body.code, body.detail]).toEqual([
        502,
        'chat_server_failed',
        `The chat server answered 401: it does not accept CHAT_API_KEY: ${strict.url}`,
      ]);
      expect(JSON.stringify(body) + wrong.rawLog()).not.toContain('planted-wrong-key');
    } finally {
      await wrong.close();
      await strict.kill();
    }
  });
});
