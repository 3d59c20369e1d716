import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type ApplicationContext, createContext } from '../../../test/helpers/application-context.js';
import { waitFor } from '../../../test/helpers/wait-for.js';
import { HttpPools } from './http-pools.service.js';

const CHUNK = '1\r\nx\r\n';
const ENDLESS = `Transfer-Encoding: chunked\r\n\r\n${CHUNK}`;
const ELSEWHERE = 'Location: http://127.0.0.2:1/\r\n';

/** Bodies that nobody reads, of servers that never end them. */
describe('HttpPools.fetch of answers that do not end', () => {
  let context: ApplicationContext;
  let fetch: HttpPools['fetch'];
  let server: Server;
  let url: string;
  const open = new Set<Socket>();
  let opened = 0;
  /** What each path is answered with. */
  let answers: Readonly<Record<string, string>>;

  beforeAll(async () => {
    context = await createContext({});
    fetch = context.get(HttpPools).fetch;
    server = createServer((socket) => {
      opened += 1;
      open.add(socket);
      let more: NodeJS.Timeout | undefined;
      socket
        .on('error', () => undefined)
        .on('close', () => {
          clearInterval(more);
          open.delete(socket);
        });
      socket.on('data', (request) => {
        const answer = answers[String(request).split(' ', 2)[1]!]!;
        socket.write(answer);
        if (answer.endsWith(CHUNK)) more = setInterval(() => socket.write(CHUNK), 20);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await context.close();
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it.each([
    ['a redirect to another origin', `302 Found\r\n${ELSEWHERE}`, 'RedirectRefusedError'],
    ['a redirect that is followed', '302 Found\r\nLocation: /then\r\n', 'answered'],
    ['a status that has no body', '205 Reset Content\r\n', 'answered'],
    ['a reason that no answer may have', '200 \u0001\r\n', 'TypeError'],
  ])('closes the connection of %s', async (_what, head, outcome) => {
    answers = {
      '/': `HTTP/1.1 ${head}${ENDLESS}`,
      '/then': 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    };
    const answered = fetch(url).then(
      async (response) => {
        await response.text();
        return 'answered';
      },
      ({ name }: Error) => name,
    );
    expect(await answered).toBe(outcome);
    await waitFor(() => open.size === 0);
  });

  it('takes a change of protocol that nobody asked for as no answer, and closes its connection', async () => {
    answers = {
      '/': `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n${CHUNK}`,
    };
    await expect(fetch(url)).rejects.toMatchObject({
      name: 'TransportError',
      code: 'HPE_INVALID_STATUS',
      message: '101 is no status of an answer',
    });
    await waitFor(() => open.size === 0);
  });

  it('goes on with the connection of a redirect whose body has come', async () => {
    answers = {
      '/': 'HTTP/1.1 307 Temporary Redirect\r\nLocation: /then\r\nContent-Length: 4\r\n\r\nthen',
      '/then': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    };
    const before = opened;
    for (let count = 0; count < 5; count += 1) expect(await (await fetch(url)).text()).toBe('ok');
    // The first one is not free yet when the redirect is followed.
    expect(opened).toBeLessThanOrEqual(before + 2);
  });
});
