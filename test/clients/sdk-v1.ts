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
  ELICITED,
  type Target,
  type TestClient,
  type ToolAnswer,
} from './client.js';
import { IDENTITY, SdkClient } from './sdk-client.js';

function transportTo(target: Target): Transport {
  if ('url' in target) {
    const options = { requestInit: { headers: { 'x-api-key': target.key } } };
    return new StreamableHTTPClientTransport(new URL(`${target.url}/mcp`), options);
  }
  const { args, env } = target;
  return new StdioClientTransport({ command: process.execPath, args: [...args], env, stderr: 'ignore' });
}

/** The client of `@modelcontextprotocol/sdk`, which knows the handshake era alone. */
class SdkV1Client extends SdkClient {
  readonly era = 'legacy';
  protected override readonly client = new Client(IDENTITY, { capabilities: { elicitation: {} } });

  async connect(target: Target): Promise<this> {
    this.client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: ELICITED }));
    await this.client.connect(transportTo(target));
    return this;
  }

  async callTool(
    name: string,
    args: Record<string, unknown>,
    options: CallOptions = {},
  ): Promise<ToolAnswer> {
    return (await this.client.callTool({ name, arguments: args }, undefined, options)) as ToolAnswer;
  }

  async follow(uri: string, onChange: (what: string) => void): ReturnType<TestClient['follow']> {
    this.client.setNotificationHandler(ToolListChangedNotificationSchema, () => onChange('tools'));
    this.client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) =>
      onChange(params.uri),
    );
    await this.client.subscribeResource({ uri });
    return () => this.client.unsubscribeResource({ uri });
  }
}

export const SDK_V1: ClientKind = {
  name: 'SDK v1',
  number: 1,
  era: 'legacy',
  connect: (target) => new SdkV1Client().connect(target),
};
