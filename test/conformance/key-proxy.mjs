import { Agent, createServer, request } from 'node:http';

/**
 * A reverse proxy on the loopback interface: the suite cannot send a key, so each request gets one here, and goes to
 * the next of the replicas in turn. Everything else passes as it came, in both directions and at once: the order, case
 * and values of headers (Host and Origin among them), and every event of a stream.
 *
 * @param {{ key: string, ports: number[] }} target
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function startKeyProxy({ key, ports }) {
  const agent = new Agent({ keepAlive: true });
  let turn = 0;
  const server = createServer((incoming, outgoing) => {
    const upstream = request({
      agent,
      host: '127.0.0.1',
      port: ports[turn++ % ports.length],
      method: incoming.method,
      path: incoming.url,
      headers: [...incoming.rawHeaders, 'x-api-key', key],
    });
    upstream.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode, answer.rawHeaders);
      outgoing.flushHeaders();
      answer.on('error', () => outgoing.destroy()).pipe(outgoing);
    });
    upstream.on('error', () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end()));
    // Whoever hangs up on us hangs up on the server.
    outgoing.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/mcp`,
    close: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
