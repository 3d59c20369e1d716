import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inOrder } from './address-order.js';
import { candidatesOf, parseResolvConf } from './resolv-conf.js';
import { systemLookup } from './system-lookup.js';

type Answers = Readonly<Record<string, { readonly a?: string } | 'silent'>>;

/** A name server on loopback: A records of the names that it knows, no such name for others; or silence. */
async function nameServer(answers: Answers): Promise<{ socket: Socket; asked: string[]; address: string }> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (query, { port, address }) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at]!; length > 0; length = query[at]!) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += length + 1;
    }
    const type = query.readUInt16BE(at + 1);
    const name = labels.join('.').toLowerCase();
    asked.push(name);
    const known = answers[name];
    if (known === 'silent') return;
    const record = type === 1 && known?.a !== undefined ? known.a.split('.').map(Number) : [];
    const head = Buffer.from(query.subarray(0, at + 5));
    head.writeUInt16BE(known === undefined ? 0x8183 : 0x8180, 2);
    head.writeUInt16BE(record.length === 0 ? 0 : 1, 6);
    head.writeUInt32BE(0, 8);
    const answer = record.length === 0 ? [] : [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, ...record];
    socket.send(Buffer.concat([head, Buffer.from(answer)]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { socket, asked, address: `127.0.0.1:${socket.address().port}` };
}

describe('systemLookup', () => {
  const { signal } = new AbortController();
  let etc: string;
  let server: Awaited<ReturnType<typeof nameServer>>;

  const configure = (conf: string, hosts = ''): void => {
    writeFileSync(join(etc, 'resolv.conf'), conf);
    writeFileSync(join(etc, 'hosts'), hosts);
  };
  const look = (name: string, until = signal): Promise<string[]> =>
    systemLookup(etc)(name, until).then((found) => found.map(({ address }) => address));

  beforeAll(async () => {
    server = await nameServer({
      'www.example': { a: '192.0.2.1' },
      'web.inner.example': { a: '192.0.2.2' },
      '_sip.example': { a: '192.0.2.3' },
      'empty.example': {},
      'silent.example': 'silent',
    });
  });
  afterAll(() => server.socket.close());
  beforeEach(() => {
    etc = mkdtempSync(join(tmpdir(), 'mcpo-etc-'));
    configure(`nameserver ${server.address}\nsearch inner.example other.example\n`);
    server.asked.length = 0;
  });
  afterEach(() => rmSync(etc, { recursive: true, force: true }));

  it.each([
    ['www.example', '192.0.2.1'],
    ['www.example.', '192.0.2.1'],
    ['web', '192.0.2.2'],
    ['_sip.example', '192.0.2.3'],
  ])('finds %s', async (name, address) => {
    expect(await look(name)).toEqual([address]);
  });

  it('takes what hosts(5) has, and asks nobody', async () => {
    configure(`nameserver ${server.address}`, '# 192.0.2.8 www.example\n192.0.2.9\tWWW.example www # mine\n');
    expect(await look('www.example')).toEqual(['192.0.2.9']);
    expect(server.asked).toEqual([]);
  });

  it.each(['localhost', 'localhost.', 'db.localhost'])(
    'takes %s for this machine, and asks nobody',
    async (name) => {
      expect((await look(name)).toSorted()).toEqual(['127.0.0.1', '::1']);
      expect(server.asked).toEqual([]);
    },
  );

  it.each([
    ['no.example', 'ENOTFOUND'],
    ['empty.example.', 'ENODATA'],
  ])('says of %s: %s', async (name, code) => {
    await expect(look(name)).rejects.toMatchObject({ code });
  });

  it('goes on to the next server when one is silent', async () => {
    const silent = await nameServer({ 'www.example': 'silent' });
    try {
      configure(`nameserver ${silent.address}\nnameserver ${server.address}\n`);
      expect(await look('www.example')).toEqual(['192.0.2.1']);
    } finally {
      silent.socket.close();
    }
  });

  it('ends by itself where the server is silent, and keeps nobody else waiting meanwhile', async () => {
    const order: string[] = [];
    const silent = Array.from({ length: 20 }, (_, index) =>
      look('silent.example').then(
        () => order.push('found'),
        (error: unknown) => order.push(`${(error as NodeJS.ErrnoException).code} ${index}`),
      ),
    );
    await look('localhost').then(() => order.push('localhost'));
    await look('www.example').then(() => order.push('www'));
    await Promise.all(silent);
    expect(order.slice(0, 2)).toEqual(['localhost', 'www']);
    expect(order.slice(2).toSorted()).toEqual(
      Array.from({ length: 20 }, (_, i) => `ETIMEOUT ${i}`).toSorted(),
    );
  });

  it('is given up at once when the call is', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const looking = look('silent.example', controller.signal);
    controller.abort(reason);
    await expect(looking).rejects.toBe(reason);
  });

  it('does without the files of the system', async () => {
    rmSync(etc, { recursive: true });
    expect((await look('localhost')).toSorted()).toEqual(['127.0.0.1', '::1']);
  });
});

describe('parseResolvConf', () => {
  it('reads servers, search domains and ndots, as many as the system does', () => {
    const text = [
      '; comment',
      'nameserver 192.0.2.1 # first',
      'nameserver fe80::1%eth0',
      'nameserver 192.0.2.3',
      'nameserver 192.0.2.4',
      'domain old.example',
      'search a.example  b.example',
      'options timeout:1 ndots:2',
    ].join('\n');
    expect(parseResolvConf(text)).toEqual({
      servers: ['192.0.2.1', 'fe80::1%eth0', '192.0.2.3'],
      search: ['a.example', 'b.example'],
      ndots: 2,
    });
    expect(parseResolvConf('')).toEqual({ servers: ['127.0.0.1'], search: [], ndots: 1 });
  });

  it.each([
    ['web', 1, ['web.a.example', 'web.b.example', 'web']],
    ['web.c', 1, ['web.c', 'web.c.a.example', 'web.c.b.example']],
    ['web.c', 2, ['web.c.a.example', 'web.c.b.example', 'web.c']],
    ['web.', 1, ['web']],
  ])('asks for %s with ndots %d in this order', (name, ndots, expected) => {
    expect(candidatesOf(name, { servers: [], search: ['a.example', 'b.example.'], ndots })).toEqual(expected);
  });
});

describe('inOrder', () => {
  const ipv6 = { address: '2001:db8::1', family: 'ipv6' } as const;
  const ipv4 = { address: '192.0.2.1', family: 'ipv4' } as const;

  it.each([
    ['IPv6 first', '2001:db8::9', '192.0.2.9', [ipv6, ipv4]],
    ['IPv4 first without a route for IPv6', null, '192.0.2.9', [ipv4, ipv6]],
    ['IPv4 first with a local IPv6 address alone', 'fd00::9', '192.0.2.9', [ipv4, ipv6]],
    ['IPv6 first without a route for either', null, null, [ipv6, ipv4]],
  ])('puts %s', async (_name, from6, from4, expected) => {
    const source = ({ family }: { family: string }): Promise<string | null> =>
      Promise.resolve(family === 'ipv6' ? from6 : from4);
    expect(await inOrder([ipv4, ipv6], source)).toEqual(expected);
  });
});
