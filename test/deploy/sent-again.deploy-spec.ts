import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { RedisConnection } from '../../src/storage/redis.connection.js';
import { TEST_KEY } from '../helpers/app.js';
import { CountToolsModule, releaseCounted, runs } from '../helpers/count-tools.module.js';
import { type JsonRpcAnswer, legacyCall } from '../helpers/mcp-requests.js';
import { sendRaw } from '../helpers/raw-http.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { type Replicas, startReplicas } from '../helpers/replicas.js';
import { ShippedNginx } from '../helpers/shipped-nginx.js';
import { withoutTimeouts } from '../helpers/simulated-clock.js';
import { waitFor } from '../helpers/wait-for.js';

const CALLS = 20;
/** A replica that has no connection to Redis for so long yet cannot know what was claimed. */
const STEADY_MS = 1000;

describeWithParts('Calls that a replica loses, behind nginx', ['nginx', 'openssl', 'redis-server'], () => {
  let replicas: Replicas;
  let nginx: ShippedNginx;
  let closing: Server;
  /** Connections that were closed before anything of them was read. */
  let reset = 0;

  beforeAll(async () => {
    replicas = await startReplicas({ env: { TRUST_PROXY: '127.0.0.1' }, modules: [CountToolsModule] });
    // What becomes of a connection that waited to be accepted when a listener closed.
    closing = createServer((socket: Socket) => {
      reset += 1;
      socket.resetAndDestroy();
    });
    await once(closing.listen(0, '127.0.0.1'), 'listening');
    const { port } = closing.address() as AddressInfo;
    const [a, b] = [replicas.a, replicas.b].map((server) => `127.0.0.1:${server.port}`);
    nginx = await ShippedNginx.start({ backends: [`127.0.0.1:${port}`, a!, b!] });
    const { app } = replicas.b;
    await waitFor(() => app.get(RedisConnection).connectedForMs > STEADY_MS);
  });
  beforeEach(() => void runs.splice(0));
  afterAll(async () => {
    await nginx.stop();
    closing.close();
    await replicas.close();
  });

  const call = async (name: string, id: number): Promise<JsonRpcAnswer & { status: number }> => {
    const body = JSON.stringify(legacyCall(name, { id }, id));
    const answer = await sendRaw(nginx.url, { headers: { 'x-api-key': TEST_KEY }, body });
    expect(answer.headers['cache-control']).toBe('no-store');
    return { status: answer.status, ...(JSON.parse(answer.body) as JsonRpcAnswer) };
  };

  it('run once, on another one, when they had not begun', async () => {
    await withoutTimeouts(async () => {
      let id = 0;
      await waitFor(async () => {
        expect(await call('count', id)).toMatchObject({ status: 200, id, result: {} });
        id += 1;
        return reset > 0 && id > CALLS;
      });
    });
    expect(runs).toEqual([...runs.keys()]);
  });

  it('are answered as calls that may have run when they had, and do not run again', async () => {
    await withoutTimeouts(async () => {
      const answer = call('count_held', 1);
      await waitFor(() => runs.length === 1);
      for (const { app } of [replicas.a, replicas.b]) app.getHttpServer().closeAllConnections();
      const { status, error } = await answer;
      expect([status, error?.code]).toEqual([502, -32_603]);
      expect(error?.message).toContain('The call may have run, or not');
      releaseCounted();
    });
    expect(runs).toEqual([1]);
  });

  it('run while Redis is away, as calls that are sent once', async () => {
    await replicas.redis.kill();
    // Those that meet the replica that resets are refused: nobody can tell then that they have not run.
    let id = 0;
    const answers: number[] = [];
    await waitFor(async () => {
      answers.push((await call('count', (id += 1))).status);
      return answers.filter((status) => status === 200).length === CALLS;
    });
    expect(answers.filter((status) => status !== 200 && status !== 502)).toEqual([]);
    expect(new Set(runs).size).toBe(runs.length);
    expect(runs).toHaveLength(CALLS);
    await replicas.redis.start();
  });
});
