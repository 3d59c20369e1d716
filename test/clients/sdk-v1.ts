import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  ElicitRequestSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import {
  type CallOptions,
  type ClientKind,
  type CompletionReference,
  ELICITED,
  type Target,
  type TestClient,
  type ToolAnswer,
} from './client.js';

const IDENTITY = { name: 'clients-test', version: '1.0.0' };

function transportTo(target: Target): Transport {
  if ('url' in target) {
    const options = { requestInit: { headers: { 'x-api-key': target.key } } };
    return new StreamableHTTPClientTransport(new URL(`${target.url}/mcp`), options);
  }
  const { args, env } = target;
  return new StdioClientTransport({ command: process.execPath, args: [...args], env, stderr: 'ignore' });
}

/** The client of `@modelcontextprotocol/sdk`, which knows the handshake era alone. */
class SdkV1Client implements TestClient {
  readonly era = 'legacy';
  private readonly client = new Client(IDENTITY, { capabilities: { elicitation: {} } });

  get serverName(): string | undefined {
    return this.client.getServerVersion()?.name;
  }

  async connect(target: Target): Promise<this> {
    this.client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: ELICITED }));
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
    return (await this.client.callTool({ name, arguments: args }, undefined, options)) as ToolAnswer;
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
    this.client.setNotificationHandler(ToolListChangedNotificationSchema, () => onChange('tools'));
    this.client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) =>
      onChange(params.uri),
    );
    await this.client.subscribeResource({ uri });
    return () => this.client.unsubscribeResource({ uri });
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

export const SDK_V1: ClientKind = {
  name: 'SDK v1',
  number: 1,
  era: 'legacy',
  connect: (target) => new SdkV1Client().connect(target),
};
