import type { CallOptions, CompletionReference, Era, Target, TestClient, ToolAnswer } from './client.js';

export const IDENTITY = { name: 'clients-test', version: '1.0.0' };

/** What the tests use of the clients of both SDKs, in words that both understand. */
interface CommonClient {
  getServerVersion(): { name: string } | undefined;
  listTools(): Promise<{ tools: Awaited<ReturnType<TestClient['listTools']>> }>;
  listResources(): Promise<{ resources: Awaited<ReturnType<TestClient['listResources']>> }>;
  listResourceTemplates(): Promise<{
    resourceTemplates: Awaited<ReturnType<TestClient['listResourceTemplates']>>;
  }>;
  readResource(params: { uri: string }): Promise<{ contents: readonly object[] }>;
  listPrompts(): Promise<{ prompts: Awaited<ReturnType<TestClient['listPrompts']>> }>;
  getPrompt(params: {
    name: string;
    arguments: Record<string, string>;
  }): Promise<{ messages: readonly { content: { type: string } }[] }>;
  complete(params: {
    ref: CompletionReference;
    argument: { name: string; value: string };
  }): Promise<{ completion: { values: readonly string[] } }>;
  ping(): Promise<unknown>;
  close(): Promise<void>;
}

/** A client of an SDK as the tests want it; what the SDKs write differently stays with each. */
export abstract class SdkClient implements TestClient {
  abstract readonly era: Era;
  protected abstract readonly client: CommonClient;

  abstract connect(target: Target): Promise<this>;
  abstract callTool(name: string, args: Record<string, unknown>, options?: CallOptions): Promise<ToolAnswer>;
  abstract follow(uri: string, onChange: (what: string) => void): ReturnType<TestClient['follow']>;

  get serverName(): string | undefined {
    return this.client.getServerVersion()?.name;
  }

  async listTools(): ReturnType<TestClient['listTools']> {
    return (await this.client.listTools()).tools;
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
    return content !== undefined && 'text' in content ? String(content.text) : '';
  }

  async complete(ref: CompletionReference, name: string, value: string): Promise<readonly string[]> {
    const { completion } = await this.client.complete({ ref, argument: { name, value } });
    return completion.values;
  }

  ping(): Promise<unknown> {
    return this.client.ping();
  }

  close(): Promise<void> {
    return this.client.close();
  }
}
