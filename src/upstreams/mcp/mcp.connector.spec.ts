import { type ApplicationContext, createContext } from '../../../test/helpers/application-context.js';
import { CountingServer } from '../../../test/helpers/counting-server.js';
import { waitFor } from '../../../test/helpers/wait-for.js';
import type { HttpUpstream } from '../file/upstream.entry.js';
import { McpConnector } from './mcp.connector.js';

describe(McpConnector.name, () => {
  let context: ApplicationContext;
  let sut: McpConnector;
  let server: CountingServer;
  let open = 0;

  beforeAll(async () => {
    context = await createContext();
    sut = context.get(McpConnector);
    // It never answers.
    server = await CountingServer.start((_request, response) => {
      open += 1;
      response.on('close', () => (open -= 1));
    });
  });
  afterAll(async () => {
    await context.close();
    await server.close();
  });

  it.each(['http', 'sse'] as const)(
    'gives up on an upstream over %s that does not answer, when it is told to',
    async (type) => {
      const entry = { name: 'silent', kind: 'http', url: server.url, type, headers: {} } as HttpUpstream;
      const stopping = new AbortController();
      const events = { catalogChanged: jest.fn(), resourceUpdated: jest.fn(), closed: jest.fn() };
      const connecting = sut.connect({ entry, events, signal: stopping.signal, forwardedHeaders: {} });
      const reason = new Error('enough');
      const failed = connecting.catch((error: unknown) => error);
      await waitFor(() => open > 0);
      stopping.abort(reason);
      expect(await failed).toMatchObject({ cause: reason });
      await waitFor(() => open === 0);
    },
  );
});
