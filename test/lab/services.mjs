/**
 * What listens behind the router, in the namespace that it is started in: web servers, one of which leads wherever it is
 * asked to, TLS servers with certificates of all kinds, ports that take and say nothing, and a name server that
 * changes its mind. Writes a line when all is there, and ends when its stdin does.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createWebServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer } from 'node:net';
import packet from 'dns-packet';

const { web, silent, tls, names } = JSON.parse(process.argv[2]);
const quiet = (socket) => socket.on('error', () => undefined);

const ready = [];
const listen = (server, port, host = '::') => ready.push(once(server.listen(port, host), 'listening'));

for (const port of web) {
  const answer = ({ url }, response) => {
    const target = url.startsWith('/to?') ? decodeURIComponent(url.slice('/to?'.length)) : undefined;
    if (target === undefined) response.end('hello');
    else response.writeHead(302, { location: target }).end();
  };
  listen(createWebServer(answer), port);
}
for (const { port, address } of silent) listen(createServer(quiet), port, address);
for (const [port, options] of Object.entries(tls)) {
  const server = createSecureServer(options, (_request, response) => response.end('hello'));
  server.on('tlsClientError', () => undefined);
  listen(server, Number(port));
}

if (names !== undefined) {
  const { address, port = 53, first, later, slowMs } = names;
  const asked = new Map();
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const { id, questions } = packet.decode(query);
    const [{ name, type }] = questions;
    const count = asked.get(name) ?? 0;
    if (type === 'A') asked.set(name, count + 1);
    const data = count === 0 || name.startsWith('slow') ? first : later;
    const answers = type === 'A' ? [{ type, name, ttl: 0, data }] : [];
    const flags = packet.AUTHORITATIVE_ANSWER;
    const reply = packet.encode({ id, type: 'response', flags, questions, answers });
    setTimeout(() => socket.send(reply, from.port, from.address), name.startsWith('slow') ? slowMs : 0);
  });
  socket.bind(port, address);
  ready.push(once(socket, 'listening'));
}

await Promise.all(ready);
process.stdout.write(`${JSON.stringify({ pid: process.pid })}\n`);
process.stdin.resume().once('end', () => process.exit());
