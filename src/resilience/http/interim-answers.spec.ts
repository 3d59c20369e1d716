import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { createServer } from 'node:net';
import { type ApplicationContext, createContext } from '../../../test/helpers/application-context.js';
import { LocalServers } from '../../../test/helpers/local-servers.js';
import { waitFor } from '../../../test/helpers/wait-for.js';
import { HttpPools } from './http-pools.service.js';
import { boundInterimAnswers, MAX_INTERIM_ANSWERS } from './interim-answers.js';

const ANSWER = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok';

describe(boundInterimAnswers.name, () => {
  const local = new LocalServers();
  let context: ApplicationContext;
  let get: () => Promise<string>;
  let answer: string;
  let isEndless: boolean;

  beforeAll(async () => {
    context = await createContext({});
    const port = await local.listen(
      createServer((socket) => {
        const write = (): void => {
          if (!socket.destroyed) socket.write(answer, () => isEndless && setImmediate(write));
        };
        socket.once('data', write);
      }),
    );
    get = async () => (await context.get(HttpPools).fetch(`http://127.0.0.1:${port}/`)).text();
  });
  afterAll(async () => {
    await context.close();
    local.close();
  });

  it.each(['100 Continue', '102 Processing', '103 Early Hints'])(
    'lets a number of %s pass',
    async (status) => {
      isEndless = false;
      answer = `HTTP/1.1 ${status}\r\n\r\n`.repeat(MAX_INTERIM_ANSWERS) + ANSWER;
      expect(await get()).toBe('ok');
    },
  );

  it.each(['100 Continue', '102 Processing', '103 Early Hints'])('ends a flood of %s', async (status) => {
    isEndless = true;
    answer = `HTTP/1.1 ${status}\r\n\r\n`.repeat(20_000);
    await expect(get()).rejects.toMatchObject({
      name: 'ScatteredAnswerError',
      message: 'The answer comes after more than 100 interim answers',
    });
    await waitFor(() => local.sockets.size === 0);
  });

  it('hears nothing more of a read than it may', async () => {
    isEndless = false;
    answer = 'HTTP/1.1 102 \r\n\r\n'.repeat(3000);
    let told = 0;
    const count = (message: unknown): void => {
      const { request } = message as { request: ClientRequest };
      request.on('information', () => (told += 1));
    };
    subscribe('http.client.request.created', count);
    await expect(get()).rejects.toMatchObject({ name: 'ScatteredAnswerError' });
    unsubscribe('http.client.request.created', count);
    expect(told).toBe(MAX_INTERIM_ANSWERS + 1);
  });
});
