import { readMessage } from '../mcp/answer-gate.js';
import type { ChildGroup } from './child-group.js';
import { ChildProcesses } from './child-processes.service.js';
import { type ChildEndedError, StdioTransport } from './stdio.transport.js';

interface Message {
  readonly id?: number;
  readonly method?: string;
}

describe(StdioTransport.name, () => {
  let children: ChildProcesses;
  beforeEach(() => {
    children = new ChildProcesses();
  });
  afterEach(() => children.onApplicationShutdown());

  /** To a program of Node's that knows `say`. */
  const transportTo = (source: string, onStderr: (line: string) => void = () => undefined): StdioTransport =>
    new StdioTransport({
      spawn: () =>
        children.start({
          file: process.execPath,
          args: [
            '--eval',
            `const say = (line) => process.stdout.write(line + '\\n');
            const answer = (id, length = 1) =>
              say(JSON.stringify({ jsonrpc: '2.0', id, result: { text: 'x'.repeat(length) } }));
            const tell = (method) => say(JSON.stringify({ jsonrpc: '2.0', method }));
            ${source}`,
          ],
          env: {},
          cwd: undefined,
        }),
      maxMessageBytes: 4 * 1024 * 1024,
      maxUnreadBytes: 4 * 1024 * 1024,
      read: readMessage,
      onStderr,
    });

  /** What comes of it, until it has ended. */
  async function said(
    source: string,
    heard?: () => void,
    onStderr?: (line: string) => void,
  ): Promise<{ messages: Message[]; errors: string[]; transport: StdioTransport }> {
    const messages: Message[] = [];
    const errors: string[] = [];
    const transport = transportTo(source, onStderr);
    const { promise: closed, resolve: onclose } = Promise.withResolvers<void>();
    Object.assign(transport, {
      onclose,
      onmessage: (message: Message) => {
        messages.push(message);
        heard?.();
      },
      onerror: ({ message }: Error) => void errors.push(message),
    });
    await transport.start();
    await closed;
    return { messages, errors, transport };
  }

  const LONG = 3 * 1024 * 1024;

  it.each([
    ['reads nothing, until it is ended', 'setInterval(() => {}, 1000);', true],
    ['reads late', 'process.stdin.resume();', false],
  ])('lets many wait together for a program that %s', async (_how, source, isEnded) => {
    const transport = transportTo(source);
    await transport.start();
    const params = { text: 'x'.repeat(100_000) };
    const sent = Array.from({ length: 30 }, (_none, id) =>
      transport.send({ jsonrpc: '2.0', id, method: 'a', params }),
    );
    const { stdin } = Reflect.get(transport, 'child') as ChildGroup;
    expect(stdin.listeners('drain')).toHaveLength(1);
    if (isEnded) await transport.close();
    await Promise.all(sent);
    expect(stdin.listeners('drain').length).toBeLessThanOrEqual(1);
    await transport.close();
  });

  it('gives up on a program that reads nothing while more and more waits for it', async () => {
    const transport = transportTo('setInterval(() => {}, 1000);');
    const { promise: closed, resolve: onclose } = Promise.withResolvers<void>();
    Object.assign(transport, { onclose });
    await transport.start();
    const { stdin } = Reflect.get(transport, 'child') as ChildGroup;
    const params = { text: 'x'.repeat(1024 * 1024) };
    const sent = Array.from({ length: 20 }, (_none, id) =>
      transport.send({ jsonrpc: '2.0', id, method: 'a', params }).catch((error: unknown) => error),
    );
    expect(stdin.writableLength).toBeLessThan(6 * 1024 * 1024);
    await closed;
    const { closeReason } = transport;
    expect(closeReason?.message).toBe('It does not read: more than 4194304 bytes wait');
    const refused = (await Promise.all(sent)).filter((error) => error === closeReason);
    expect(refused.length).toBeGreaterThan(10);
  });

  it('hands over messages in order, those behind long ones too, and what came last before the end', async () => {
    const { messages, errors } = await said(`
      answer(1); answer(2, ${LONG}); tell('a'); answer(3, ${LONG}); answer(4, ${LONG}); tell('b'); answer(5);`);
    expect(messages.map(({ id, method }) => id ?? method)).toEqual([1, 2, 'a', 3, 4, 'b', 5]);
    expect(errors).toEqual([]);
  });

  it('goes on behind a long line that is no message', async () => {
    const { messages, errors } = await said(`answer(1); say('x'.repeat(${LONG})); answer(2); answer(3);`);
    expect(messages.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(errors).toHaveLength(1);
  });

  it.each([
    ['right away', ''],
    ['behind a long one', `answer(1, ${LONG});`],
  ])('looks at no more of a program that does not speak MCP: %s', async (_when, before) => {
    const { errors, transport } = await said(`
      ${before} process.stdout.write('x\\n'.repeat(100_000)); setInterval(Date, 1000);`);
    expect(errors).toHaveLength(1001);
    expect((transport.closeReason as ChildEndedError).message).toBe('1000 lines in a row were no messages');
  });

  it('lets others be served while it reads very many lines, and keeps their order', async () => {
    let turn = 0;
    const turns: number[] = [];
    const timer = setInterval(() => (turn += 1), 1);
    const { messages, errors } = await said(
      `let text = '';
      for (let at = 0; at < 1500; at += 1)
        text += 'x\\n'.repeat(9) + JSON.stringify({ jsonrpc: '2.0', method: String(at) }) + '\\n';
      process.stdout.write(text);`,
      () => void turns.push(turn),
    );
    clearInterval(timer);
    expect(messages.map(({ method }) => Number(method))).toEqual(turns.map((_, at) => at));
    expect([messages.length, errors.length]).toEqual([1500, 13_500]);
    // A read has 1,100 of them.
    const inTurn = Map.groupBy(turns, (one) => one);
    expect(Math.max(...[...inTurn.values()].map((list) => list.length))).toBeLessThan(1000);
  });

  it('lets others be served while it reads very much standard error, and has the last words', async () => {
    let turn = 0;
    const inTurn: number[] = [];
    let last = '';
    const timer = setInterval(() => (turn += 1), 1);
    await said(
      `const text = 'x\\n'.repeat(32_768);
      for (let at = 0; at < 64; at += 1) require('node:fs').writeSync(2, text);
      console.error('last words');`,
      undefined,
      (line) => {
        inTurn[turn] = (inTurn[turn] ?? 0) + 1;
        last = line;
      },
    );
    clearInterval(timer);
    expect(last).toBe('last words');
    // A read has 32,768 of them.
    expect(Math.max(...inTurn.filter(Boolean))).toBeLessThan(200_000);
  });

  it('ends at a message that is too long, however much came before', async () => {
    const { messages, transport } = await said(
      `answer(1, ${LONG}); answer(2, ${2 * LONG}); setInterval(Date, 1000);`,
    );
    expect(messages.map(({ id }) => id)).toEqual([1]);
    expect((transport.closeReason as ChildEndedError).message).toMatch(/more than 4194304 bytes/);
  });
});
