import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
  type VersionNegotiationMode,
} from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Browser } from '../helpers/browser.js';

const CALLBACK = 'https://client.example/callback';
const IDENTITY = { name: 'clients-test', version: '1.0.0' };

interface Registration {
  readonly client_id: string;
}

interface Tokens {
  readonly access_token: string;
  readonly token_type: string;
  readonly scope?: string | undefined;
}

interface Discovery {
  readonly authorizationServerUrl: string;
}

/** What an application keeps for its SDK, and the user in front of it. */
export class Application {
  readonly redirectUrl = CALLBACK;
  readonly clientMetadata = {
    client_name: 'A client of the tests',
    redirect_uris: [CALLBACK],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };
  private readonly browser = new Browser('ada');
  private registration: Registration | undefined;
  private held: Tokens | undefined;
  private verifier = '';
  private discovery: Discovery | undefined;
  private page: URL | undefined;
  /** The authorization requests that the SDK has made, in order. */
  readonly asked: URLSearchParams[] = [];

  clientInformation = (): Registration | undefined => this.registration;
  saveClientInformation = (registration: Registration): void => {
    this.registration = registration;
  };
  tokens = (): Tokens | undefined => this.held;
  saveTokens = (tokens: Tokens): void => {
    this.held = tokens;
  };
  codeVerifier = (): string => this.verifier;
  saveCodeVerifier = (verifier: string): void => {
    this.verifier = verifier;
  };
  discoveryState = (): Discovery | undefined => this.discovery;
  saveDiscoveryState = (discovery: Discovery): void => {
    this.discovery = discovery;
  };
  redirectToAuthorization = (url: URL): void => {
    this.asked.push(url.searchParams);
    this.page = url;
  };

  /** The user logs in and consents. Answers what the authorization server sends back with the user. */
  async consent(): Promise<URLSearchParams> {
    if (this.page === undefined) throw new Error('Nobody has asked for an authorization');
    return (await this.browser.authorize(this.page, CALLBACK)).searchParams;
  }
}

/** What the tests ask of an SDK. */
export interface OAuthClient {
  connect(): Promise<unknown>;
  listTools(): Promise<string[]>;
  callTool(name: string): Promise<object>;
  /** Hands the SDK what has come back with the user. */
  finish(callback: URLSearchParams): Promise<void>;
  close(): Promise<void>;
}

export interface OAuthClientKind {
  readonly name: string;
  readonly make: (url: string, application: Application) => OAuthClient;
  /** Whether it asks for what it had along with what is wanted, as revision 2026-07-28 says. */
  readonly unitesScopes: boolean;
}

function v1(url: string, application: Application): OAuthClient {
  let client = new ClientV1(IDENTITY);
  const open = (): TransportV1 => new TransportV1(new URL(`${url}/mcp`), { authProvider: application });
  let transport = open();
  return {
    connect: () => client.connect(transport),
    listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
    callTool: (name) => client.callTool({ name, arguments: {} }),
    finish: async (callback) => {
      await transport.finishAuth(callback.get('code') ?? '');
      if (client.transport !== undefined) return;
      // A transport that has failed to connect cannot be started again.
      client = new ClientV1(IDENTITY);
      transport = open();
    },
    close: () => client.close(),
  };
}

const v2 =
  (mode: VersionNegotiationMode) =>
  (url: string, application: Application): OAuthClient => {
    const make = (): ClientV2 => new ClientV2(IDENTITY, { versionNegotiation: { mode } });
    const open = (): TransportV2 => new TransportV2(new URL(`${url}/mcp`), { authProvider: application });
    let client = make();
    let transport = open();
    return {
      connect: () => client.connect(transport),
      listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
      callTool: (name) => client.callTool({ name, arguments: {} }),
      finish: async (callback) => {
        await transport.finishAuth(callback);
        if (client.transport !== undefined) return;
        client = make();
        transport = open();
      },
      close: () => client.close(),
    };
  };

export const OAUTH_CLIENTS: readonly OAuthClientKind[] = [
  { name: 'SDK v1', make: v1, unitesScopes: false },
  { name: 'SDK v2, handshake', make: v2('legacy'), unitesScopes: true },
  { name: 'SDK v2, stateless', make: v2({ pin: '2026-07-28' }), unitesScopes: true },
];
