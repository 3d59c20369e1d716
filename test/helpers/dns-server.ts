import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket as TcpSocket } from 'node:net';
import packet, { type Answer, type Packet } from 'dns-packet';

export interface DnsQuestion {
  readonly name: string;
  readonly type: string;
  readonly transport: 'udp' | 'tcp';
  /** As it came. */
  readonly query: Buffer;
  readonly packet: Packet;
}

/** The messages to answer with, in order; none for silence. */
export type DnsHandler = (question: DnsQuestion) => readonly Buffer[];

/** A DNS server on loopback, over UDP and TCP on one port, whose words another library than ours writes. */
export class DnsServerStub {
  readonly questions: DnsQuestion[] = [];
  private readonly connections = new Set<TcpSocket>();

  private constructor(
    readonly port: number,
    private readonly udp: Socket,
    private readonly tcp: Server,
  ) {}

  static async start(handler: DnsHandler, address = '127.0.0.1'): Promise<DnsServerStub> {
    const tcp = createServer();
    tcp.listen(0, address);
    await once(tcp, 'listening');
    const { port } = tcp.address() as AddressInfo;
    const udp = createSocket('udp4');
    udp.bind(port, address);
    await once(udp, 'listening');
    const stub = new DnsServerStub(port, udp, tcp);
    udp.on('message', (query, from) => {
      for (const message of stub.answer(handler, query, 'udp')) udp.send(message, from.port, from.address);
    });
    tcp.on('connection', (socket) => {
      stub.connections.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => stub.connections.delete(socket));
      let held = Buffer.alloc(0);
      socket.on('data', (chunk: Buffer) => {
        held = Buffer.concat([held, chunk]);
        if (held.length < 2 || held.length < 2 + held.readUInt16BE(0)) return;
        for (const message of stub.answer(handler, held.subarray(2), 'tcp')) socket.write(framed(message));
        held = Buffer.alloc(0);
      });
    });
    return stub;
  }

  /** TCP connections that are open. */
  get open(): number {
    return this.connections.size;
  }

  async close(): Promise<void> {
    this.udp.close();
    for (const socket of this.connections) socket.destroy();
    this.tcp.close();
    await once(this.tcp, 'close');
  }

  private answer(handler: DnsHandler, query: Buffer, transport: 'udp' | 'tcp'): readonly Buffer[] {
    const asked = packet.decode(query);
    const { name = '', type = '' } = asked.questions?.[0] ?? {};
    const question = { name, type: type, transport, query: Buffer.from(query), packet: asked };
    this.questions.push(question);
    return handler(question);
  }
}

/** A reply to the question, with these records and bits of the header (RFC 1035, 4.1.1). */
export function reply(
  { packet: asked }: DnsQuestion,
  parts: { answers?: Answer[]; authorities?: Answer[]; additionals?: Answer[]; bits?: number } = {},
): Buffer {
  const { bits = 0x0180, ...sections } = parts;
  return packet.encode({
    ...(asked.id !== undefined && { id: asked.id }),
    type: 'response',
    flags: bits,
    questions: asked.questions ?? [],
    ...sections,
  });
}

/** The header and the question of a reply, for records that no library would write. */
export function bareReply(
  { query }: DnsQuestion,
  counts: readonly [number, number, number],
  tail: Buffer,
  bits = 0x8180,
): Buffer {
  let end = 12;
  while (query[end] !== 0) end += query[end]! + 1;
  const head = Buffer.from(query.subarray(0, end + 5));
  head.writeUInt16BE(bits, 2);
  for (const [index, count] of counts.entries()) head.writeUInt16BE(count, 6 + 2 * index);
  return Buffer.concat([head, tail]);
}

/** A record whose name is the one of the question. */
export function rawRecord(type: number, data: Buffer, ttl = 60): Buffer {
  const head = Buffer.from([0xc0, 0x0c, type >> 8, type & 255, 0, 1, 0, 0, 0, ttl, 0, 0]);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}
