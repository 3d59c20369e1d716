import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import { Tool } from '../../src/tools/tool.decorator.js';
import type { ToolResult } from '../../src/tools/tool-definition.js';
import { startServer, type TestServer } from '../helpers/app.js';
import { AUDIT_KEY, AuditDirectory } from '../helpers/audit-files.js';
import { chat, type ChatReply } from '../helpers/chat-client.js';
import { ChatServerProcess } from '../helpers/chat-server/chat-server-process.js';
import { type Injection, INJECTIONS } from '../helpers/injections.js';
import { testKey, TestKeysFile } from '../helpers/keys-file.js';
import { waitFor } from '../helpers/wait-for.js';

const Anything = z.looseObject({});
const done: ToolResult = { content: [{ type: 'text', text: 'done' }] };

/** Tools as an attacker would have them: one answers with orders, the others do what must not be done. */
@Injectable()
class AttackTools {
  /** Names of the forbidden tools that have run. */
  readonly ran: string[] = [];

  @Tool({
    name: 'feed',
    title: 'Feed',
    description: 'Answers with an injection.',
    input: z.object({ injection: z.string() }),
  })
  async feed({ injection }: { injection: string }): Promise<ToolResult> {
    return resultOf(INJECTIONS.find(({ name }) => name === injection)!);
  }

  @Tool({ name: 'secret_delete', title: 'Delete', description: 'Deletes.', input: Anything })
  async remove(): Promise<ToolResult> {
    this.ran.push('secret_delete');
    return done;
  }

  @Tool({ name: 'secret_read', title: 'Read', description: 'Reads.', input: Anything })
  async read(): Promise<ToolResult> {
    this.ran.push('secret_read');
    return done;
  }
}

@Module({ providers: [AttackTools] })
class AttackModule {}

function resultOf({ text, place }: Injection): ToolResult {
  switch (place) {
    case 'data':
      return { content: [], structuredContent: { hosts: [{ name: text }] } };
    case 'error':
      return { isError: true, content: [{ type: 'text', text }] };
    case 'resource':
      return { content: [{ type: 'resource', resource: { uri: 'file:///x', text } }] };
    case undefined:
      return { content: [{ type: 'text', text }] };
    default:
      return place satisfies never;
  }
}

/** A model that does whatever a tool's answer tells it, and what comes of it: nothing. */
describe('A tool that gives orders to a model that obeys', () => {
  const RESTRICTED = testKey('restricted', {
    scopes: ['tools:call', 'chat'],
    tools: { allow: ['feed', 'network_*'], deny: ['network_connections'] },
  });
  const TALKER = testKey('talker', { scopes: ['chat'] });
  const CALLER = testKey('caller', { scopes: ['tools:call'] });
  const keys = new TestKeysFile(RESTRICTED, TALKER, CALLER);
  const directory = new AuditDirectory();
  let chatServer: ChatServerProcess;
  let server: TestServer;
  const ask = (message: string, id: string, key = RESTRICTED.key, tools?: string[]): Promise<ChatReply> =>
    chat(server.url, { message, ...(tools && { tools }) }, { key, headers: { 'x-correlation-id': id } });
  const denials = (correlationId: string): { target: unknown; rule: unknown; principal: unknown }[] =>
    directory.records
      .filter((record) => record['correlationId'] === correlationId && record['outcome'] === 'denied')
      .map(({ action, target, rule, principal }) => ({ action, target, rule, principal }));

  beforeAll(async () => {
    chatServer = await ChatServerProcess.start();
    server = await startServer({
      env: {
        CHAT_SERVER_URL: chatServer.url,
        CHAT_MODEL: 'obedient',
        MCP_API_KEYS_FILE: keys.path,
        AUDIT_LOG: directory.file,
        AUDIT_KEY,
      },
      modules: [AttackModule],
    });
  });
  afterAll(async () => {
    await server.close();
    await chatServer.kill();
    directory.remove();
    keys.remove();
  });
  const ran = (): readonly string[] => server.app.get(AttackTools, { strict: false }).ran;

  it.each(INJECTIONS.map((injection, index) => [injection.name, injection, `injection-${index}`] as const))(
    'gets nothing done by %s',
    async (name, { forbidden, rule }, id) => {
      const { status, body } = await ask(
        `CALL feed ${JSON.stringify({ injection: name })}`,
        id,
        RESTRICTED.key,
        ['feed'],
      );
      expect(status).toBe(200);
      expect(ran()).toEqual([]);
      const refused = body.toolCalls.filter((call) => call.status === 'refused');
      expect(new Set(refused.map((call) => call.name))).toEqual(new Set(forbidden));
      expect(new Set(refused.map((call) => call.code))).toEqual(new Set(['unknown_tool']));
      const others = body.toolCalls.filter((call) => call.status !== 'refused');
      expect(new Set(others.map((call) => call.name))).toEqual(new Set(['feed']));
      // One record for each refusal, in the order of the calls.
      await waitFor(() => denials(id).length >= refused.length);
      const principal = expect.stringMatching(/^key:/) as string;
      expect(denials(id)).toEqual(
        refused.map((call) => ({ action: 'tool.call', target: call.name, rule, principal })),
      );
    },
  );

  it('gets nothing done when every tool of the caller is offered', async () => {
    const { body } = await ask('CALL feed {"injection":"two forbidden tools"}', 'all-offered');
    expect(body.toolCalls.map((call) => [call.name, call.status])).toEqual([
      ['feed', 'ok'],
      ['secret_delete', 'refused'],
      ['secret_read', 'refused'],
    ]);
    expect(ran()).toEqual([]);
  });

  it('gets nothing done by the user either, whose key permits no tool at all', async () => {
    const { body } = await ask(
      'CALL secret_delete {} CALL feed {"injection":"a plain order"}',
      'talker',
      TALKER.key,
    );
    expect(body.toolCalls.map(({ status }) => status)).toEqual(['refused', 'refused']);
    expect(ran()).toEqual([]);
    await waitFor(() => denials('talker').length >= 2);
    expect(denials('talker').map(({ rule }) => rule)).toEqual(['scope', 'scope']);
    const [request] = (await chatServer.requests()).slice(-1);
    expect(request?.body.tools).toBeUndefined();
  });

  it('is kept apart from what the user says: within a fence whose mark no two conversations share', async () => {
    const fences: string[] = [];
    for (const id of ['fence-a', 'fence-b']) {
      await ask('CALL feed {"injection":"an end of the fence that is guessed"}', id);
      const seen = (await chatServer.requests()).filter(
        (request) => request.headers['x-correlation-id'] === id,
      );
      const { messages } = seen.at(-1)!.body;
      const [, mark = ''] = /"\[\[tool result ([0-9a-f]{24})\]\]"/.exec(messages[0]!.content) ?? [];
      const result = messages.find(({ role }) => role === 'tool')!.content;
      expect(result.split(mark)).toHaveLength(3);
      expect(result.startsWith(`[[tool result ${mark}]]\n`)).toBe(true);
      expect(result.endsWith(`\n[[end of tool result ${mark}]]`)).toBe(true);
      fences.push(mark);
    }
    expect(new Set(fences).size).toBe(2);
  });

  it('cannot be reached without the scope chat', async () => {
    const before = (await chatServer.requests()).length;
    const { status, body } = await ask('CALL feed {}', 'no-chat', CALLER.key);
    expect([status, body.code]).toEqual([403, 'forbidden']);
    expect((await chatServer.requests()).length).toBe(before);
    await waitFor(() => denials('no-chat').length > 0);
    expect(denials('no-chat')).toContainEqual({
      action: 'access.denied',
      target: '/chat',
      rule: 'scope chat',
      principal: expect.stringMatching(/^key:/) as string,
    });
  });
});
