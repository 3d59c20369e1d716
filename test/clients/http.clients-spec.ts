import { NotificationStreams } from '../../src/mcp/streams/notification-streams.service.js';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { ownAddress } from '../helpers/running-programs.js';
import { waitFor } from '../helpers/wait-for.js';
import { describeInteraction, describeProduct } from './behaviour.js';
import type { TestClient } from './client.js';
import { InteractiveToolsModule } from './interactive-tools.module.js';
import { SDK_V1 } from './sdk-v1.js';
import { SDK_V2 } from './sdk-v2.js';

describeWithParts('Real clients over HTTP', ['ping', 'traceroute'], () => {
  describe.each([SDK_V1, ...SDK_V2])('$name', ({ era, connect, number }) => {
    let server: TestServer;
    let client: TestClient;

    beforeAll(async () => {
      server = await startServer({ modules: [InteractiveToolsModule] });
      client = await connect({ url: server.url, key: TEST_KEY });
    });
    afterAll(async () => {
      await client.close();
      await server.close();
    });

    describeProduct(era, () => client, ownAddress(10 + number));
    describeInteraction(
      () => client,
      () => waitFor(() => server.app.get(NotificationStreams).size === 1),
    );

    it('leaves no stream behind when it closes', async () => {
      const another = await connect({ url: server.url, key: TEST_KEY });
      await another.follow('mcpo://server/status', () => undefined);
      const streams = server.app.get(NotificationStreams);
      await waitFor(() => streams.size > 0);
      await another.close();
      await client.close();
      await waitFor(() => streams.size === 0);
    });

    it('is told that its key is wrong, and does not look for an OAuth server', async () => {
      const before = server.requestLogs().length;
      const refused: unknown = await connect({ url: server.url, key: 'wrong' }).catch(
        (error: unknown) => error,
      );
      expect(refused).toBeInstanceOf(Error);
      expect((refused as Error).message).toMatch(/401|API key is not valid/);
      const lines = (await server.closedRequests(before + 1)).slice(before);
      expect(new Set(lines.map(({ status }) => status))).toEqual(new Set([401]));
    });
  });
});
