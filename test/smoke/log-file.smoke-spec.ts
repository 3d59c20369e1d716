import { mkdtemp, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerProcess } from '../helpers/server-process.js';
import { waitFor } from '../helpers/wait-for.js';

describe('LOG_DIR', () => {
  let directory: string;
  let path: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mcpo-log-'));
    path = join(directory, 'mcpo-mcp-server.log');
  });

  afterEach(async () => {
    await ServerProcess.endAll();
    await rm(directory, { recursive: true });
  });

  const textOf = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');

  it('has a copy of everything that goes to standard output, readable by the group', async () => {
    const server = await ServerProcess.listening({ LOG_DIR: directory });
    await server.mcp('tools/list');
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    expect(await textOf(path)).toBe(server.stdout);
    expect(server.stdout).toContain('"Shut down"');
    expect((await stat(path)).mode & 0o777).toBe(0o640);
  });

  it('is begun anew on SIGHUP after a rotation, and no line is lost', async () => {
    const server = await ServerProcess.listening({ LOG_DIR: directory });
    const rotated = `${path}.1`;
    await waitFor(async () => (await textOf(path)).includes('Listening'));
    await rename(path, rotated);
    await server.mcp('tools/list');
    await waitFor(async () => (await textOf(rotated)).includes('tools/list'));
    server.signal('SIGHUP');
    await waitFor(async () => (await stat(path).catch(() => undefined)) !== undefined);
    await server.mcp('ping');
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    expect(await textOf(path)).toContain('"method":"ping"');
    expect((await textOf(rotated)) + (await textOf(path))).toBe(server.stdout);
  });

  it('that is full takes nothing from standard output', async () => {
    await symlink('/dev/full', path);
    const server = await ServerProcess.listening({ LOG_DIR: directory });
    await server.mcp('tools/list');
    await server.mcp('ping');
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    expect(server.lines.map(({ message }) => message)).toContain('Shut down');
    expect(server.stdout).toContain('"method":"ping"');
  });
});
