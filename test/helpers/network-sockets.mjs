/**
 * Holds sockets in every state that a test can bring about without tricks, until stdin ends.
 *
 * node network-sockets.mjs '{"role": "server"}' or '{"role": "client", "server": {ipv4, ipv6}, "lost": {ipv4},
 * "linkLocal": "fe80::1%eth0"}'
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const options = JSON.parse(process.argv[2]);

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));

if (options.role === 'server') {
  // Nobody reads what arrives, and nobody closes when the other end has.
  await listen({ host: '::', port: 7000 });
  await bind('udp6', { address: '::', port: 7001 });
} else {
  await openClientSockets();
}
process.stdout.write(`${JSON.stringify({ ready: true, pid: process.pid })}\n`);

async function openClientSockets() {
  const { server, lost, linkLocal } = options;
  await listen({ host: '0.0.0.0', port: 8001 });
  await listen({ host: '::', port: 8002 });
  await listen({ host: '::', port: 8003, ipv6Only: true });
  await listen({ host: '127.0.0.1', port: 8004 });
  await listen({ host: linkLocal, port: 8005 });

  await open({ host: server.ipv4, port: 7000 });
  await open({ host: server.ipv6, port: 7000 });
  // IPv4 into a dual-stack socket: its end shows IPv4-mapped addresses.
  await open({ host: '127.0.0.1', port: 8002 });
  await open({ host: '::1', port: 8003 });
  // Unread bytes in the receive queue of the other end.
  (await open({ host: '127.0.0.1', port: 8001 })).write(Buffer.alloc(5000));
  // More than the other end takes: the rest stays in our send queue.
  (await open({ host: server.ipv4, port: 7000 })).write(Buffer.alloc(8 * 1024 * 1024));
  // FIN_WAIT2 here, CLOSE_WAIT at the other end, which stays half open.
  (await open({ host: '127.0.0.1', port: 8004, allowHalfOpen: true })).end();
  await leaveTimeWait();
  // SYN_SENT: nothing comes back from a black hole.
  connect({ host: lost.ipv4, port: 7000 }).on('error', () => {});

  await bind('udp4', { address: '0.0.0.0', port: 8101 });
  await bind('udp6', { address: '::', port: 8102 });
  await bind('udp6', { address: '::', port: 8103 }, { ipv6Only: true });
  await bind('udp4', { address: '127.0.0.1', port: 8104 });
  await attach('udp4', server.ipv4);
  await attach('udp6', server.ipv6);
}

async function listen(where) {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) =>
    socket.on('error', () => {}),
  );
  server.listen(where);
  await once(server, 'listening');
}

async function open(where) {
  const socket = connect(where).on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

async function leaveTimeWait() {
  const server = createServer((socket) => socket.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect(server.address());
  socket.resume();
  await once(socket, 'close');
  server.close();
  await once(server, 'close');
}

async function bind(type, where, extra = {}) {
  const socket = createSocket({ type, ...extra });
  socket.bind(where);
  await once(socket, 'listening');
}

async function attach(type, address) {
  const socket = createSocket(type);
  socket.connect(7001, address);
  await once(socket, 'connect');
}
