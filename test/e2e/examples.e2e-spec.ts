import { resolve } from 'node:path';
import { SubnetModule } from '../../examples/own-tool/subnet.module.js';
import { startServer, type TestServer } from '../helpers/app.js';
import { legacy } from '../helpers/mcp-requests.js';
import { untilUp, upstreamReports } from '../helpers/upstreams.js';

describe('The examples', () => {
  let server: TestServer;

  afterEach(() => server.close());

  describe('a tool of one’s own', () => {
    beforeEach(async () => {
      server = await startServer({ modules: [SubnetModule] });
    });

    it.each([
      ['192.0.2.77/24', { network: '192.0.2.0', broadcast: '192.0.2.255', addresses: 256 }],
      ['10.1.2.3/8', { network: '10.0.0.0', broadcast: '10.255.255.255', addresses: 16_777_216 }],
      ['255.255.255.255/32', { network: '255.255.255.255', broadcast: '255.255.255.255', addresses: 1 }],
      ['203.0.113.9/0', { network: '0.0.0.0', broadcast: '255.255.255.255', addresses: 4_294_967_296 }],
    ])('is served: %s', async (cidr, structuredContent) => {
      expect(await server.callTool('subnet', { cidr })).toMatchObject({ structuredContent });
    });

    it('says what is wrong with its arguments', async () => {
      expect(await server.callTool('subnet', { cidr: '192.0.2.0/33' })).toMatchObject({
        isError: true,
        structuredContent: { error: { code: 'invalid_arguments' } },
      });
    });
  });

  it('an upstreams file brings the tools that it allows', async () => {
    server = await startServer({ env: { MCP_SERVERS_FILE: resolve('examples/upstreams/servers.json') } });
    await untilUp(server, 'files');
    const { result } = (await (await server.mcp(legacy('tools/list'))).json()) as {
      result: { tools: { name: string }[] };
    };
    const names = result.tools.map(({ name }) => name).filter((name) => name.startsWith('files_'));
    expect(names).toEqual(expect.arrayContaining(['files_list_directory', 'files_read_text_file']));
    expect(names.filter((name) => /write|edit|move|create/.test(name))).toEqual([]);
    const answer = await server.callTool('files_list_directory', { path: resolve('docs') });
    expect(answer.content[0]?.text).toContain('architecture.md');
    expect(upstreamReports(server).map(({ name }) => name)).not.toContain('inventory');
  });
});
