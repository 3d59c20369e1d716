import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { abortWithoutStacks } from './abort-without-stacks.js';

const REQUESTS = 20;

/** In a process of its own: the `Error` of a test is not that of Node. */
const endedWith = (before: string): string => `
  import { createServer } from 'node:http';
  import { connect } from 'node:net';
  import { abortWithoutStacks } from ${JSON.stringify(pathToFileURL(join(__dirname, 'abort-without-stacks.ts')).href)};
  const stacks = [];
  const server = createServer((request) => {
    request.on('error', ({ stack }) => {
      if (stacks.push(stack) === ${REQUESTS}) console.log(JSON.stringify([Error.stackTraceLimit, ...stacks]));
    });
    if (stacks.isSet !== true) {
      stacks.isSet = true;
      ${before}
    }
  });
  server.listen(0, '127.0.0.1', () => {
    const client = connect(server.address().port, '127.0.0.1');
    client.write('GET / HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n'.repeat(${REQUESTS}));
    server.once('request', () => client.destroy());
    server.once('connection', (socket) => socket.once('close', () => server.close()));
  });`;

const run = async (before: string): Promise<unknown> => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    endedWith(before),
  ]);
  return JSON.parse(stdout);
};

describe(abortWithoutStacks.name, () => {
  it('spares the stacks of the requests that end with a connection', async () => {
    expect(await run('abortWithoutStacks(request.socket);')).toEqual([
      10,
      ...Array<string>(REQUESTS).fill('Error: aborted'),
    ]);
  });

  it('is needed', async () => {
    const [, first] = (await run('')) as string[];
    expect(first).toMatch(/^Error: aborted\n {4}at /);
  });
});
