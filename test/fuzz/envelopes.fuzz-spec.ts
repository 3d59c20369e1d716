import * as fc from 'fast-check';
import { OurSurfaceModule } from '../differential/our.surface.module.js';
import { startServer, type TestServer } from '../helpers/app.js';
import { LegacySession } from '../helpers/legacy-session.js';
import { ReplicaToolsModule } from '../helpers/replica-tools.module.js';
import { requests } from './arbitraries/requests.js';
import { FuzzClient } from './fuzz-client.js';
import { outcomesOf, violationsOf } from './oracle.js';

const ENVELOPES = 20_000;
/** So many go out at the same time, each on a connection of its own that is kept alive. */
const AT_ONCE = 10;
/** FUZZ_SEED repeats a run; the seed stands in the message of a failure. */
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);

const BOTH_ERAS = [
  'completion/complete',
  'prompts/get',
  'prompts/list',
  'resources/list',
  'resources/read',
  'resources/templates/list',
  'tools/call',
  'tools/list',
];
/** What has to come of so many: else most of them fail at the door, and say little. */
const REACHED = [
  ...['200', '202', '400', '404', '405', '415'].map((status) => `status ${status}`),
  ...[
    ...BOTH_ERAS,
    'initialize',
    'logging/setLevel',
    'ping',
    'resources/subscribe',
    'resources/unsubscribe',
  ].map((method) => `legacy ${method}: result`),
  ...[...BOTH_ERAS, 'server/discover'].map((method) => `modern ${method}: complete`),
  ...['isError', 'input_required', 'task', 'error -32021'].map((outcome) => `modern tools/call: ${outcome}`),
  'legacy tools/call: isError',
  'legacy tools/call: elicitation/create',
  'legacy tools/call: notifications/message',
  'modern subscriptions/listen: notifications/subscriptions/acknowledged',
];

/** An unhandled rejection or an uncaught exception in the server fails the test by itself: both share a process. */
describe('20,000 envelopes in both eras', () => {
  let server: TestServer;
  let client: FuzzClient;
  const seen = new Map<string, number>();
  const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);

  beforeAll(async () => {
    server = await startServer({
      modules: [OurSurfaceModule, ReplicaToolsModule],
      env: {
        TOOL_TIMEOUT_MS: '500',
        MCP_TASK_TTL_MS: '1000',
        LOG_LEVEL: 'warn',
        // All calls are of one caller, and some seeds have more of one tool that waits than 8 places.
        TOOL_MAX_CONCURRENCY: '1000',
        PRINCIPAL_SHARE_PERCENT: '100',
      },
    });
    client = new FuzzClient(server.url, AT_ONCE);
  });
  afterAll(async () => {
    client.close();
    await server.close();
  });

  it('are all answered, each under its id, and none with 5xx', async () => {
    const { id } = await LegacySession.begin(server, { elicitation: {} });
    const some = fc.array(requests(id), { minLength: AT_ONCE, maxLength: AT_ONCE });
    const property = fc.asyncProperty(some, async (batch) => {
      const violations = await Promise.all(
        batch.map(async (request) => {
          const answer = await client.send(request);
          count(`status ${answer.status}`);
          const found = violationsOf(request, answer);
          for (const what of outcomesOf(request, answer)) count(what);
          return found.length === 0 ? [] : [{ found, request, answer }];
        }),
      );
      const all = violations.flat();
      if (all.length > 0) throw new Error(JSON.stringify(all[0], undefined, 2));
    });
    await fc.assert(property, { seed: SEED, numRuns: ENVELOPES / AT_ONCE, endOnFailure: false });
  }, 1_800_000);

  it('have reached what lies behind the checks', () => {
    const reached = new Set(seen.keys());
    expect(REACHED.filter((what) => !reached.has(what))).toEqual([]);
  });

  it('have left the server well, and nothing in its log that is its own fault', async () => {
    expect((await server.callTool('diff_plain')).content).toEqual([{ type: 'text', text: 'plain' }]);
    const faults = server.logs().filter(({ level }) => level === 'ERROR' || level === 'FATAL');
    expect(faults).toEqual([]);
  });
});
