import { createSocket } from 'node:dgram';

/** What an IPv4 address is to this machine. */
export type Kind = 'own' | 'broadcast' | 'elsewhere';

/** discard, RFC 863. Nothing is sent there. */
const ANY_PORT = 9;

/**
 * What the kernel says itself: a socket may be bound to nothing but what the kernel keeps to itself, and be connected
 * to what all of a link hear only when it asks for that: ip(7), and SO_BROADCAST of socket(7). Nothing is sent. Where
 * any address may be bound (`net.ipv4.ip_nonlocal_bind`), or none, all are its own: what cannot be judged is not open.
 */
export function askKernel(address: string): Promise<Kind> {
  const { promise, resolve } = Promise.withResolvers<Kind>();
  const socket = createSocket('udp4');
  socket.once('error', ({ code }: NodeJS.ErrnoException) =>
    resolve(code === 'EADDRNOTAVAIL' ? 'elsewhere' : 'own'),
  );
  socket.bind({ address, port: 0, exclusive: true }, () =>
    socket.connect(ANY_PORT, address, (error?: NodeJS.ErrnoException) =>
      resolve(error?.code === 'EACCES' ? 'broadcast' : 'own'),
    ),
  );
  return promise.finally(() => socket.close());
}
