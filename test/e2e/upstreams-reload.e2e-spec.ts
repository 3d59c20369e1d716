import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startServer, type TestServer, type ToolCallResult } from '../helpers/app.js';
import {
  FAULTY_SCRIPT,
  listedTools,
  ServersFile,
  untilUp,
  upstreamReport,
  upstreamReports,
} from '../helpers/upstreams.js';
import { waitFor } from '../helpers/wait-for.js';

const textOf = ({ content }: ToolCallResult): string => content[0]?.text ?? '';
const FAULTY = { command: process.execPath, args: [FAULTY_SCRIPT] };

describe('Reloading MCP_SERVERS_FILE', () => {
  let server: TestServer;
  let file: ServersFile;
  /** The server looks once a second, and at once on SIGHUP. */
  const write = (servers: object): void => {
    file.write(servers);
    process.emit('SIGHUP');
  };
  const namesOf = (): string[] => upstreamReports(server).map(({ name }) => name);

  beforeEach(async () => {
    file = new ServersFile({ kept: FAULTY, other: FAULTY });
    server = await startServer({ env: { MCP_SERVERS_FILE: file.path } });
    await untilUp(server, 'kept', 'other');
  });
  afterEach(async () => {
    await server.close();
    file.remove();
  });

  it('adds, changes and removes one upstream, and no call of an untouched one fails', async () => {
    const keptPid = textOf(await server.callTool('kept_pid'));
    const over = new AbortController();
    const failures: ToolCallResult[] = [];
    let calls = 0;
    const callers = Array.from({ length: 4 }, async () => {
      while (!over.signal.aborted) {
        const answer = await server.callTool('kept_later', { ms: 3 });
        calls += 1;
        if (textOf(answer) !== keptPid) failures.push(answer);
      }
    });
    write({ kept: FAULTY, other: FAULTY, added: FAULTY });
    await untilUp(server, 'added');
    expect(await listedTools(server)).toContain('added_echo');

    const before = textOf(await server.callTool('other_pid'));
    write({ kept: FAULTY, other: { ...FAULTY, deny: ['hang'] }, added: FAULTY });
    await waitFor(() => upstreamReport(server, 'other')?.tools.includes('other_hang') === false);
    await untilUp(server, 'other');
    expect(textOf(await server.callTool('other_pid'))).not.toBe(before);

    write({ kept: FAULTY });
    await waitFor(() => namesOf().join() === 'kept');
    expect(await listedTools(server)).not.toContain('other_echo');

    await waitFor(() => calls > 20);
    over.abort();
    await Promise.all(callers);
    expect(failures).toEqual([]);
  });

  it('lets the calls of a removed upstream end', async () => {
    const sign = join(file.directory, 'sign');
    const running = server.callTool('other_until', { sign });
    await waitFor(() => upstreamReport(server, 'other')?.['callsInFlight'] === 1);
    write({ kept: FAULTY });
    await waitFor(() => namesOf().join() === 'kept');
    writeFileSync(sign, '');
    expect(textOf(await running)).toMatch(/^\d+$/);
  });

  it('keeps the old file in force when the new one cannot be read as a whole', async () => {
    file.writeText('{ "mcpServers": { "kept": { "command": "x" }');
    process.emit('SIGHUP');
    await waitFor(() => server.logs().some(({ message }) => String(message).startsWith('File is invalid')));
    expect(namesOf()).toEqual(['kept', 'other']);
    expect((await server.callTool('kept_echo', { value: 'still' })).content[0]?.text).toBe('still');
  });
});

describe('Starting with an MCP_SERVERS_FILE that cannot be read as a whole', () => {
  it('is refused with every problem and its line, naming no secret', async () => {
    const file = new ServersFile();
    file.writeText(`{ "mcpServers": {
      "a": { "command": "x" "env": { "KEY": "s3cret" } },
      'b': { "url": "http://x", "headers": { "x": "s3cret" } }
    } }`);
    const starting = startServer({ env: { MCP_SERVERS_FILE: file.path } });
    const refusal = await starting.then(() => 'none', String);
    file.remove();
    expect(refusal).toContain(
      [
        'The configuration cannot be used (2 problems):',
        '  - MCP_SERVERS_FILE: line 2: the file is not JSON: a comma is missing.',
        '  - MCP_SERVERS_FILE: line 3: the file is not JSON: texts and names stand in double quotes.',
      ].join('\n'),
    );
    expect(refusal).not.toContain('s3cret');
  });
});
