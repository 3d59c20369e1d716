import { DEFAULT_API_KEY } from '../../src/config/environment.js';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { ServersFile } from '../helpers/upstreams.js';
import { waitFor } from '../helpers/wait-for.js';

type Report = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

describe('GET /status with the default development key', () => {
  let file: ServersFile;
  let server: TestServer;

  beforeAll(async () => {
    file = new ServersFile({ away: { command: '/nowhere/program' } });
    const env = { MCP_SERVERS_FILE: file.path, MCP_API_KEYS: `${DEFAULT_API_KEY},${TEST_KEY}` };
    server = await startServer({ env });
  });
  afterAll(async () => {
    await server.close();
    file.remove();
  });

  const status = async (key?: string): Promise<Report> => {
    const headers = key === undefined ? {} : { 'x-api-key': key };
    return (await (await fetch(`${server.url}/status`, { headers })).json()) as Report;
  };
  const list = async (key?: string): Promise<unknown> => (await status(key))['upstreams']?.['list'];

  it('names the upstreams, and says why one is away', async () => {
    await waitFor(async () => JSON.stringify(await list(DEFAULT_API_KEY)).includes('/nowhere/program'));
    expect(await list(DEFAULT_API_KEY)).toEqual([expect.objectContaining({ name: 'away' })]);
  });

  it('shows nothing else that is for admin', async () => {
    const { configuration, warnings, files } = await status(DEFAULT_API_KEY);
    expect({ configuration, isCounted: typeof warnings, files }).toEqual({
      configuration: undefined,
      isCounted: 'number',
      files: { invalid: 0 },
    });
  });

  it('tells nobody else', async () => {
    expect(await list()).toBeUndefined();
    expect(await list(TEST_KEY)).toBeUndefined();
  });
});
