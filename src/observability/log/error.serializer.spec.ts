import { readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { ProtocolError, SdkErrorCode, SdkHttpError, SseError } from '@modelcontextprotocol/client';
import { Ajv } from 'ajv';
import { Redis } from 'ioredis';
import { errors as joseErrors, jwtVerify, SignJWT } from 'jose';
import { APIError } from 'openai';
import { z } from 'zod';
import { AppError } from '../../core/errors.js';
import { serializeError } from './error.serializer.js';
import { createLogger } from './logger.factory.js';

/** Two shapes: one that looks like a secret, and one that nothing but its place betrays. */
const KEY = 'sk-live-4f9Qz81LmNpR7sTuVwXy';
const WORD = 'hunter-two';

type Lines = Readonly<Record<string, unknown>> & { readonly err: ReturnType<typeof serializeError> };

const thrownBy = async (work: () => unknown): Promise<unknown> => {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown');
};

/** A Redis that answers every command with the same error. */
async function refusingRedis(answer: string): Promise<Server> {
  const server = createServer((socket: Socket) => {
    socket.on('data', () => socket.write(`-${answer}\r\n`));
    socket.on('error', () => undefined);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

/** What is thrown for a command, or for logging in where there is a password. */
async function replyErrorOf(answer: string, password?: string): Promise<unknown> {
  const server = await refusingRedis(answer);
  const { port } = server.address() as AddressInfo;
  const redis = new Redis(port, '127.0.0.1', {
    lazyConnect: true,
    disableClientInfo: true,
    enableReadyCheck: false,
    retryStrategy: () => null,
    ...(password !== undefined && { username: WORD, password }),
  });
  const atLogin = new Promise((resolve) => redis.on('error', resolve));
  const atCommand = thrownBy(() => redis.call('set', `cache:${WORD}`, KEY));
  const error = await (password === undefined ? atCommand : atLogin);
  redis.disconnect();
  server.close();
  return error;
}

const throwing: Readonly<Record<string, () => unknown>> = {
  'ioredis, a wrong password': () =>
    replyErrorOf('WRONGPASS invalid username-password pair', `${WORD}-${KEY}`),
  'ioredis, a full server': () => replyErrorOf("OOM command not allowed when used memory > 'maxmemory'."),
  'ioredis, an unknown command': () =>
    replyErrorOf(`ERR unknown command 'SET', with args beginning with: 'cache:${WORD}' '${KEY}'`),
  'fetch, a URL with credentials': () => thrownBy(() => fetch(`http://me:${WORD}@127.0.0.1/?key=${KEY}`)),
  'fetch, a header': () =>
    thrownBy(() => fetch('http://127.0.0.1/', { headers: { authorization: `Bearer ${WORD}\n${KEY}` } })),
  'fetch, with headers and body in the cause': () =>
    new TypeError('fetch failed', {
      cause: Object.assign(new Error(`Response status code 401: ${WORD}`), {
        code: 'UND_ERR_RESPONSE',
        statusCode: 401,
        headers: { authorization: `Bearer ${KEY}` },
        body: WORD,
      }),
    }),
  'URL, what it cannot read': () => thrownBy(() => new URL(`//${WORD}:${KEY}@`)),
  'JSON.parse, the text': () => thrownBy(() => JSON.parse(`${WORD} ${KEY}`) as unknown),
  'openai, an answer': () =>
    APIError.generate(
      401,
      { message: `Incorrect API key provided: ${KEY}. You said ${WORD}.`, code: 'invalid_api_key' },
      undefined,
      new Headers({ 'set-cookie': WORD, authorization: `Bearer ${KEY}` }),
    ),
  'jose, a payload': () =>
    new joseErrors.JWTClaimValidationFailed('unexpected "aud" claim value', { sub: WORD, jti: KEY }, 'aud'),
  'jose, a token': async () => {
    const token = await new SignJWT({ sub: WORD })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(Buffer.alloc(32));
    return thrownBy(() => jwtVerify(`${token}x`, Buffer.alloc(32, 1)));
  },
  'ajv, the data': () => {
    const ajv = new Ajv({ verbose: true });
    ajv.validate({ type: 'object', properties: { a: { const: KEY } } }, { a: WORD });
    return new Ajv.ValidationError(ajv.errors ?? []);
  },
  'zod, the input': () =>
    thrownBy(() => z.object({ a: z.number() }).parse({ a: WORD, b: KEY }, { reportInput: true })),
  'Node, the arguments of a program': async () => {
    const [error] = (await once(spawn('/no/such/program', [WORD, KEY]), 'error')) as [Error];
    return error;
  },
  'Node, a failed command': () => new Error(`Command failed: curl -u me:${WORD} -H "x-api-key: ${KEY}"`),
  'Node, an argument': () => thrownBy(() => readFileSync({ [WORD]: KEY } as unknown as string)),
  'MCP client, a JSON-RPC error': () => new ProtocolError(-32603, `No: ${WORD}`, { token: KEY }),
  'MCP client, HTTP': () =>
    new SdkHttpError(SdkErrorCode.ClientHttpNotImplemented, `Error POSTing to endpoint: ${WORD} ${KEY}`, {
      status: 500,
      statusText: 'No',
      text: `${WORD} ${KEY}`,
    }),
  'MCP client, SSE': () => new Error(`Error POSTing to endpoint (HTTP 500): ${WORD} ${KEY}`),
  'MCP client, events': () => new SseError(500, `Non-200 status code (500)`, { message: WORD } as never),
  'class-validator': () => [
    { target: { password: WORD }, value: KEY, property: 'password', constraints: {} },
  ],
  'an object': () => ({ password: WORD, token: KEY }),
  'a text': () => `Authorization: Bearer ${WORD} ${KEY}`,
  'a stack with more than frames': () => {
    const error = new Error(`a\n    at ${KEY}`);
    error.message = 'changed';
    return error;
  },
  'a cause': () =>
    new AppError('internal_error', { cause: Object.assign(new Error('x'), { password: WORD, key: KEY }) }),
  several: () =>
    new AggregateError([Object.assign(new Error('x'), { headers: { a: WORD }, key: KEY })], 'All failed'),
};

describe(serializeError.name, () => {
  const logged = (error: unknown): { text: string; err: ReturnType<typeof serializeError> } => {
    const written: string[] = [];
    createLogger('info', { write: (line: string) => void written.push(line) }).error(
      { err: error },
      'It failed',
    );
    return { text: written.join(''), err: (JSON.parse(written[0]!) as Lines).err };
  };

  it.each(Object.entries(throwing))('keeps what it worked on out of the log: %s', async (_name, make) => {
    const { text, err } = logged(await make());
    expect(text).not.toContain(WORD);
    expect(text).not.toContain(KEY);
    expect(err.type).toMatch(/^\w+$/);
    expect(err.message).not.toBe('');
  });

  it('names class, code, message and place', () => {
    const error = Object.assign(new RangeError('too far'), { code: 'ERR_FAR', status: 500 });
    const { err } = logged(error);
    expect(err).toEqual({
      type: 'RangeError',
      code: 'ERR_FAR',
      status: 500,
      message: 'too far',
      stack: expect.stringMatching(/^RangeError: too far\n {4}at .*error\.serializer\.spec/) as string,
    });
    expect(err.stack).not.toMatch(/node:internal|node_modules/);
  });

  it('says what Redis said', async () => {
    const { err } = logged(await replyErrorOf("OOM command not allowed when used memory > 'maxmemory'."));
    expect(err).toMatchObject({
      type: 'ReplyError',
      message: expect.stringMatching(/^OOM command/) as string,
    });
  });

  it('follows causes and the errors of an AggregateError, to a bound', () => {
    const inner = new Error('inner');
    const all = new AggregateError([new Error('first'), 'no error', new Error('second')], 'all', {
      cause: inner,
    });
    expect(logged(new Error('outer', { cause: all })).err.cause).toMatchObject({
      type: 'AggregateError',
      cause: { message: 'inner' },
      errors: [{ message: 'first' }, { message: 'second' }],
    });
    const circular = new Error('circle');
    circular.cause = circular;
    expect(logged(circular).text.length).toBeLessThan(20_000);
    const wide = (depth: number): Error =>
      depth === 0
        ? new Error('leaf')
        : new AggregateError(
            Array.from({ length: 9 }, () => wide(depth - 1)),
            'w',
          );
    expect(logged(wide(4)).text.split('"type"').length).toBeLessThan(15);
  });

  it('cuts what is long', () => {
    const error = new Error('word '.repeat(100_000));
    expect(logged(error).text.length).toBeLessThan(20_000);
  });

  it('survives what cannot be read', () => {
    const hostile = new Error('x');
    Object.defineProperty(hostile, 'cause', {
      get: () => {
        throw new Error('no');
      },
    });
    expect(logged(hostile).err).toMatchObject({ type: 'Unreadable' });
    expect(logged(7).err).toMatchObject({ type: 'number' });
  });
});
