/** Holds `pairs` TCP connections of this process to itself: node many-sockets.mjs '{"pairs": 2500}'. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const { pairs } = JSON.parse(process.argv[2]);
const AT_ONCE = 100;
const server = createServer((socket) => socket.on('error', () => undefined));
server.listen({ host: '127.0.0.1', port: 0, backlog: AT_ONCE });
await once(server, 'listening');
const { port } = server.address();
for (let made = 0; made < pairs; made += AT_ONCE) {
  const sockets = Array.from({ length: AT_ONCE }, () => connect(port, '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
}
console.log(JSON.stringify({ port }));
process.stdin.resume().on('end', () => process.exit());
