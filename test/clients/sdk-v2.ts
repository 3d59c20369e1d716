import {
  Client,
  StreamableHTTPClientTransport,
  type VersionNegotiationMode,
} from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import {
  type CallOptions,
  type ClientKind,
  type CompletionReference,
  ELICITED,
  type Era,
  type Target,
  type TestClient,
  type ToolAnswer,
} from './client.js';

const IDENTITY = { name: 'clients-test', version: '1.0.0' };

function transportTo(target: Target): StreamableHTTPClientTransport | StdioClientTransport {
  if ('url' in target) {
    const options = { requestInit: { headers: { 'x-api-key': target.key } } };
    return new StreamableHTTPClientTransport(new URL(`${target.url}/mcp`), options);
  }
  const { args, env } = target;
  return new StdioClientTransport({ command: process.execPath, args: [...args], env, stderr: 'ignore' });
}

/** The client of `@modelcontextprotocol/client`, which speaks both eras. */
class SdkV2Client implements TestClient {
  private readonly client: Client;

  constructor(mode: VersionNegotiationMode) {
    this.client = new Client(IDENTITY, {
      capabilities: { elicitation: { form: {} } },
      versionNegotiation: { mode },
    });
  }

  get era(): Era {
    return this.client.getProtocolEra() ?? 'legacy';
  }

  get serverName(): string | undefined {
    return this.client.getServerVersion()?.name;
  }

  async connect(target: Target): Promise<this> {
    this.client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: ELICITED }));
    await this.client.connect(transportTo(target));
    return this;
  }

  async listTools(): ReturnType<TestClient['listTools']> {
    return (await this.client.listTools()).tools;
  }

  async callTool(
    name: string,
    args: Record<string, unknown>,
    options: CallOptions = {},
  ): Promise<ToolAnswer> {
    return (await this.client.callTool({ name, arguments: args }, options)) as ToolAnswer;
  }

  async listResources(): ReturnType<TestClient['listResources']> {
    return (await this.client.listResources()).resources;
  }

  async listResourceTemplates(): ReturnType<TestClient['listResourceTemplates']> {
    return (await this.client.listResourceTemplates()).resourceTemplates;
  }

  async readResource(uri: string): Promise<string> {
    const { contents } = await this.client.readResource({ uri });
    return String(contents[0] && 'text' in contents[0] ? contents[0].text : undefined);
  }

  async listPrompts(): ReturnType<TestClient['listPrompts']> {
    return (await this.client.listPrompts()).prompts;
  }

  async getPrompt(name: string, args: Record<string, string>): Promise<string> {
    const { messages } = await this.client.getPrompt({ name, arguments: args });
    const content = messages[0]?.content;
    return content?.type === 'text' ? content.text : '';
  }

  async complete(ref: CompletionReference, name: string, value: string): Promise<readonly string[]> {
    const { completion } = await this.client.complete({ ref, argument: { name, value } });
    return completion.values;
  }

  ping(): Promise<unknown> {
    return this.client.ping();
  }

  async follow(uri: string, onChange: (what: string) => void): ReturnType<TestClient['follow']> {
    this.client.setNotificationHandler('notifications/tools/list_changed', () => onChange('tools'));
    this.client.setNotificationHandler('notifications/resources/updated', ({ params }) =>
      onChange(params.uri),
    );
    if (this.era === 'legacy') {
      await this.client.subscribeResource({ uri });
      return () => this.client.unsubscribeResource({ uri });
    }
    const subscription = await this.client.listen({ toolsListChanged: true, resourceSubscriptions: [uri] });
    return () => subscription.close();
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

const kind = (number: number, name: string, era: Era, mode: VersionNegotiationMode): ClientKind => ({
  name,
  number,
  era,
  connect: (target) => new SdkV2Client(mode).connect(target),
});

export const SDK_V2: readonly ClientKind[] = [
  kind(2, 'SDK v2, legacy', 'legacy', 'legacy'),
  kind(3, 'SDK v2, auto', 'modern', 'auto'),
  kind(4, 'SDK v2, pinned', 'modern', { pin: '2026-07-28' }),
];
