import {
  Client,
  StreamableHTTPClientTransport,
  type VersionNegotiationMode,
} from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import {
  type CallOptions,
  type ClientKind,
  ELICITED,
  type Era,
  type Target,
  type TestClient,
  type ToolAnswer,
} from './client.js';
import { IDENTITY, SdkClient } from './sdk-client.js';

function transportTo(target: Target): StreamableHTTPClientTransport | StdioClientTransport {
  if ('url' in target) {
    const options = { requestInit: { headers: { 'x-api-key': target.key } } };
    return new StreamableHTTPClientTransport(new URL(`${target.url}/mcp`), options);
  }
  const { args, env } = target;
  return new StdioClientTransport({ command: process.execPath, args: [...args], env, stderr: 'ignore' });
}

/** The client of `@modelcontextprotocol/client`, which speaks both eras. */
class SdkV2Client extends SdkClient {
  protected override readonly client: Client;

  constructor(mode: VersionNegotiationMode) {
    super();
    this.client = new Client(IDENTITY, {
      capabilities: { elicitation: { form: {} } },
      versionNegotiation: { mode },
    });
  }

  get era(): Era {
    return this.client.getProtocolEra() ?? 'legacy';
  }

  async connect(target: Target): Promise<this> {
    this.client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: ELICITED }));
    await this.client.connect(transportTo(target));
    return this;
  }

  async callTool(
    name: string,
    args: Record<string, unknown>,
    options: CallOptions = {},
  ): Promise<ToolAnswer> {
    return (await this.client.callTool({ name, arguments: args }, options)) as ToolAnswer;
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
