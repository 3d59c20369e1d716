import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { Worker } from 'node:worker_threads';
import { PRINCIPAL } from '../../../test/helpers/application-context.js';
import { MAX_AT_ONCE, MAX_PROBES, PortProber } from './port.prober.js';

/** Accepts nothing: once its short queue is full, the kernel answers no further handshake. */
const SILENT_LISTENER = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;
const LOOPBACK = { address: '127.0.0.1', family: 'ipv4' } as const;
const LONG_MS = 3_600_000;

describe(PortProber.name, () => {
  let silent: Worker;
  let server: Server;

  beforeAll(async () => {
    silent = new Worker(SILENT_LISTENER, { eval: true });
    server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(async () => {
    server.close();
    await silent.terminate();
  });

  it('tries a port of one caller while the silent ones of another have their whole share', async () => {
    const [silentPort] = (await once(silent, 'message')) as [number];
    const sut = new PortProber({ sharePercent: 25 });
    const { signal: stop, abort } = abortable();
    const greedy = { principal: { ...PRINCIPAL, id: 'greedy' }, waitMs: LONG_MS, stop };
    const ports = Array.from({ length: MAX_AT_ONCE }, () => silentPort);
    const calls = Array.from({ length: Math.ceil(MAX_PROBES / MAX_AT_ONCE) }, () =>
      sut.probe(LOOPBACK, ports, greedy),
    );
    const { port } = server.address() as AddressInfo;
    const other = { ...greedy, principal: { ...PRINCIPAL, id: 'other' } };
    expect(await sut.probe(LOOPBACK, [port], other)).toMatchObject([{ port, state: 'open' }]);
    abort();
    const states = (await Promise.all(calls)).flat().map(({ state }) => state);
    expect(states.filter((state) => state === 'not_tested').length).toBeGreaterThan(MAX_PROBES / 2);
  });
});

function abortable(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
