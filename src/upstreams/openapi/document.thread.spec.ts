import * as workerThreads from 'node:worker_threads';
import { compileDocument, MAX_HEAP_MB } from './document.thread.js';
import { openApiEntry, type OpenApiUpstream } from '../file/upstream.entry.js';
import { MAX_PARAMETERS } from './operation.arguments.js';
import { MAX_NAMED } from './operations.compiler.js';

const OK = { responses: { '200': { description: 'OK' } } };
const document = (paths: object): string =>
  JSON.stringify({ openapi: '3.1.0', info: { title: 'A', version: '1' }, paths });

describe(compileDocument.name, () => {
  const entry = {
    ...openApiEntry.parse({ openapi: '/nowhere', baseUrl: 'http://127.0.0.1:1' }),
    kind: 'openapi',
    name: 'api',
    prefix: 'api',
    digest: '',
  } as OpenApiUpstream;
  const compile = (text: string, signal = new AbortController().signal): ReturnType<typeof compileDocument> =>
    compileDocument(new TextEncoder().encode(text), entry, signal);

  it('makes operations of a document, form members included', async () => {
    const schema = { allOf: [{ properties: { file: { type: 'string', format: 'binary' } } }] };
    const requestBody = { content: { 'multipart/form-data': { schema } } };
    const { operations, baseUrl, about } = await compile(
      document({ '/a': { post: { ...OK, operationId: 'send', requestBody } } }),
    );
    expect([baseUrl.href, about.title]).toEqual(['http://127.0.0.1:1/', 'A']);
    const { members } = operations.get('send')!.body!;
    expect(members.get('file')).toMatchObject({ isBinary: true, how: { name: 'file' } });
  });

  it('reads YAML of 100,000 keys', async () => {
    const keys = Array.from({ length: 100_000 }, (_none, at) => `  k${at}: 1\n`).join('');
    const text = `${JSON.stringify({ '/a': { get: OK } })}\nx-keys:\n${keys}`;
    const { operations } = await compile(`openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths: ${text}`);
    expect([...operations.keys()]).toEqual(['get_a']);
  });

  it('sends many operations in parts', async () => {
    const paths = Object.fromEntries(
      Array.from({ length: 300 }, (_none, at) => [
        `/a${at}`,
        { get: { ...OK, description: 'x'.repeat(2000) } },
      ]),
    );
    const { operations } = await compile(document(paths));
    expect([...operations.keys()]).toHaveLength(300);
    expect([...operations.keys()].at(-1)).toBe('get_a299');
  });

  it('reads one document after another in the same thread, and others in one of their own', async () => {
    const threads = jest.spyOn(workerThreads, 'Worker');
    const good = document({ '/a': { get: OK } });
    await compile(good);
    const before = threads.mock.calls.length;
    for (const name of ['b', 'c']) {
      expect((await compile(document({ [`/${name}`]: { get: OK } }))).operations.size).toBe(1);
      await expect(compile('[]')).rejects.toMatchObject({ kind: 'malformed' });
    }
    expect(threads.mock.calls.length).toBe(before);
    threads.mockRestore();
  });

  it('reads that of an upstream that has waited longest for the thread before all that another has', async () => {
    const read: string[] = [];
    const reading = (name: string): Promise<unknown> => {
      const text = document({ [`/${name}`]: { get: OK } });
      const own = { ...entry, name: name.slice(0, 1) };
      return compileDocument(new TextEncoder().encode(text), own, new AbortController().signal).then(() =>
        read.push(name),
      );
    };
    await Promise.all(['a1', 'a2', 'a3', 'a4', 'b1', 'c1'].map(reading));
    expect(read.slice(0, 3)).toEqual(['a1', 'b1', 'c1']);
  });

  it('reads in another thread when one has ended while it waits for a document', async () => {
    const post = jest.spyOn(workerThreads.Worker.prototype, 'postMessage');
    const good = document({ '/a': { get: OK } });
    await compile(good);
    const thread = post.mock.contexts.at(-1) as workerThreads.Worker;
    post.mockRestore();
    await thread.terminate();
    expect((await compile(good)).operations.size).toBe(1);
  });

  it('says of a document what is wrong with it', async () => {
    await expect(compile('[]')).rejects.toMatchObject({
      kind: 'malformed',
      message: 'The document is no object',
    });
    await expect(compile('{"openapi":')).rejects.toMatchObject({ kind: 'malformed' });
  });

  it('leaves the event loop to others while it reads, and is given up when nobody waits any more', async () => {
    const over = new AbortController();
    const text = `a: ${'['.repeat(1_000_000)}`;
    const compiling = compile(text, over.signal);
    let turns = 0;
    while (turns < 20) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      turns += 1;
    }
    over.abort(new Error('enough'));
    await expect(compiling).rejects.toThrow('enough');
    // The next one does not wait for it.
    expect((await compile(document({ '/a': { get: OK } }))).operations.size).toBe(1);
  });

  it('hears a thread that fails while it is being ended', async () => {
    const heard: number[] = [];
    const terminate = jest.spyOn(workerThreads.Worker.prototype, 'terminate');
    terminate.mockImplementationOnce(function terminateHeard(this: workerThreads.Worker) {
      heard.push(this.listenerCount('error'));
      return this.terminate();
    });
    const aborting = new AbortController();
    const given = compile(`a: ${'['.repeat(1_000_000)}`, aborting.signal);
    await new Promise((resolve) => setTimeout(resolve, 50));
    aborting.abort(new Error('given up'));
    await expect(given).rejects.toThrow('given up');
    expect(heard).toEqual([1]);
    terminate.mockRestore();
  });

  it('takes a bounded amount of memory for YAML that takes much', async () => {
    const before = process.memoryUsage.rss();
    let peak = before;
    const looking = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 5).unref();
    await expect(compile('['.repeat(1_000_000))).rejects.toThrow(
      'takes too much memory to read: its JSON form takes less',
    );
    clearInterval(looking);
    expect((peak - before) / 1_048_576).toBeLessThan(MAX_HEAP_MB + 150);
  });

  it('leaves out operations without measure, and no others', async () => {
    const parameters = Array.from({ length: MAX_PARAMETERS + 1 }, (_none, at) => ({
      name: `p${at}`,
      in: 'query',
    }));
    const others = Array.from({ length: MAX_NAMED + 50 }, (_none, at) => [`x${at}`, { get: OK }]);
    const { operations, leftOut, leftOutCount, problems } = await compile(
      document({
        '/good': { get: { ...OK, operationId: '_'.repeat(100_000) } },
        [`/${'{'.repeat(200_000)}`]: { get: OK },
        '/many': { get: { ...OK, parameters } },
        ...Object.fromEntries(others),
      }),
    );
    expect([...operations.values()].map(({ path }) => path)).toEqual(['/good']);
    expect([leftOut.length, leftOutCount]).toEqual([MAX_NAMED, MAX_NAMED + 51]);
    expect(problems[0]).toBe('1 paths have more than 2048 characters: left out');
  });
});
