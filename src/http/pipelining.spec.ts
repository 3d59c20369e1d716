import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { waitFor } from '../../test/helpers/wait-for.js';
import { isBeyondLine, MAX_PIPELINED } from './pipelining.js';

const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody';
type Parsing = Socket & { readonly parser: object | null };

describe(isBeyondLine.name, () => {
  let server: Server;
  let client: Socket;
  let requests: IncomingMessage[];
  let answers: string;

  const open = async (): Promise<void> => {
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.on('data', (data) => (answers += data.toString()));
    await once(client, 'connect');
  };

  beforeEach(async () => {
    [requests, answers] = [[], ''];
    server = createServer((request, response) => {
      requests.push(request);
      if (isBeyondLine(response)) {
        response.setHeader('Connection', 'close').end('beyond');
        return;
      }
      void text(request).then((body) => response.end(`within ${body}`));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await open();
  });
  afterEach(async () => {
    client.destroy();
    server.close();
    await once(server, 'close');
  });

  it('lets no request be made behind the one that is beyond, and answers those before', async () => {
    client.write(GET.repeat(1500));
    await once(client, 'end');
    expect(answers.match(/within|beyond/g)).toEqual([
      ...Array<string>(MAX_PIPELINED + 1).fill('within'),
      'beyond',
    ]);
    expect(requests).toHaveLength(MAX_PIPELINED + 2);
  });

  it('leaves the parser to the next connection', async () => {
    let parser: object | null = null;
    server.once('request', (request: IncomingMessage) => ({ parser } = request.socket as Parsing));
    client.write(GET.repeat(100));
    await once(client, 'end');
    client.destroy();
    const socket = requests[0]!.socket as Parsing;
    await waitFor(() => socket.parser === null);
    answers = '';
    await open();
    client.write(POST);
    await waitFor(() => answers.includes('within body'));
    expect((requests.at(-1)!.socket as Parsing).parser).toBe(parser);
  });
});
