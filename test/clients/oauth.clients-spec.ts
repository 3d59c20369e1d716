import { startServer, type TestServer } from '../helpers/app.js';
import { AuthorizationServer } from '../helpers/authorization-server.js';
import { type FrontProxy, startFrontProxy } from '../helpers/front-proxy.js';
import { Application, OAUTH_CLIENTS, type OAuthClient } from './oauth-clients.js';

const [FIRST, SECOND] = ['network_interfaces', 'network_connections'] as const;
const SCOPES = ['mcp.use', `tools:call:${FIRST}`, `tools:call:${SECOND}`];

/** The SDKs find their way from the URL of /mcp alone; the user logs in and consents, and nobody else helps. */
describe.each(OAUTH_CLIENTS)('$name with an authorization server', ({ make, unitesScopes }) => {
  let front: FrontProxy;
  let issuer: AuthorizationServer;
  let server: TestServer;
  let application: Application;
  let client: OAuthClient;

  const scopesAsked = (): Set<string>[] =>
    application.asked.map((parameters) => new Set(parameters.get('scope')?.split(' ')));
  /** What the SDK does when the server wants more; then the user consents. */
  const stepUp = async (work: () => Promise<unknown>): Promise<unknown> => {
    await expect(work()).rejects.toMatchObject({ name: expect.stringMatching(/Error$/) as string });
    await client.finish(await application.consent());
    return work();
  };

  beforeEach(async () => {
    front = await startFrontProxy();
    issuer = await AuthorizationServer.start({ resource: `${front.url}/mcp`, scopes: SCOPES });
    server = await startServer({
      env: { PUBLIC_URL: front.url, OAUTH_ISSUER: issuer.issuer, OAUTH_REQUIRED_SCOPES: 'mcp.use' },
    });
    front.pointAt(server.url);
    application = new Application();
    client = make(front.url, application);
  });
  afterEach(async () => {
    await client.close();
    front.close();
    await server.close();
    await issuer.stop();
  });

  it('discovers it, registers, gets a token for this server and connects', async () => {
    await stepUp(() => client.connect());
    expect(await client.listTools()).toEqual([]);
    expect(issuer.requests).toContain('/reg');
    expect(application.asked).toHaveLength(1);
    const [asked] = application.asked;
    expect(Object.fromEntries(asked!)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
      resource: `${front.url}/mcp`,
      scope: 'mcp.use',
    });
    const { aud, scope } = claimsOf(application.tokens()!.access_token);
    expect({ aud, scope }).toEqual({ aud: `${front.url}/mcp`, scope: 'mcp.use' });
  });

  it('asks the user for more when a tool needs it, and then calls the tool', async () => {
    await stepUp(() => client.connect());
    const called = await stepUp(() => client.callTool(FIRST));
    expect(called).toHaveProperty('structuredContent.interfaces');
    expect(await client.listTools()).toEqual([FIRST]);
    expect(await stepUp(() => client.callTool(SECOND))).toHaveProperty('structuredContent.connections');
    // SDK v1 asks for what the challenge names and gives up what it had; v2 keeps it.
    const [required, first, second] = SCOPES;
    expect(scopesAsked()).toEqual([
      new Set([required]),
      new Set([required, first]),
      new Set(unitesScopes ? [required, first, second] : [required, second]),
    ]);
    const again = await client.callTool(FIRST).catch(() => 'refused');
    expect(again !== 'refused').toBe(unitesScopes);
  });
});

function claimsOf(token: string): { aud?: string; scope?: string } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object;
}
