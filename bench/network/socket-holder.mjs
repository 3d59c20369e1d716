// Holds so many TCP connections with itself until its stdin ends; writes a line once they are there.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const AT_ONCE = 200;
const count = Number(process.argv[2]);
const accepted = [];
const server = createServer((socket) => accepted.push(socket.on('error', () => undefined)));
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 });
await once(server, 'listening');
const { port } = server.address();
const connected = [];
while (connected.length < count) {
  const more = Array.from({ length: Math.min(AT_ONCE, count - connected.length) }, () =>
    connect(port, '127.0.0.1').on('error', () => undefined),
  );
  await Promise.all(more.map((socket) => once(socket, 'connect')));
  connected.push(...more);
}
console.log(`holding ${connected.length + accepted.length}`);
process.stdin.resume();
await once(process.stdin, 'end');
process.exit(0);
