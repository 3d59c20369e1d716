import type { UpstreamEntry } from '../file/upstream.entry.js';
import { DOWNLOAD_TIMEOUT_MS, START_TIMEOUT_MS, startTimeoutOf } from './start-timeout.js';

const stdio = (command: string, ...args: string[]): UpstreamEntry =>
  ({ kind: 'stdio', command, args }) as unknown as UpstreamEntry;

describe(startTimeoutOf.name, () => {
  it.each([
    [stdio('npx', '-y', 'server-memory')],
    [stdio('uvx', 'mcp-server-time')],
    [stdio('pnpm', 'dlx', 'x')],
    [stdio('bunx', 'x')],
    [stdio('pipx', 'run', 'x')],
    [stdio('/usr/bin/docker', 'run', '-i', '--rm', 'mcp/time')],
    [stdio('podman', 'run', 'x')],
    [stdio('C:\\Program Files\\nodejs\\NPX.CMD', 'x')],
    [stdio('cmd', '/c', 'npx', '-y', 'x')],
    [stdio('env', 'HOME=/tmp', 'uvx', 'x')],
    [stdio('sh', '-c', 'exec npx -y x')],
  ])('gives %j the time to download', (entry) => {
    expect(startTimeoutOf(entry)).toBe(DOWNLOAD_TIMEOUT_MS);
  });

  it.each([
    [stdio('node', 'npx')],
    [stdio('/opt/npx/server')],
    [stdio('bash', 'server.sh')],
    [{ kind: 'http', url: 'http://npx/' } as UpstreamEntry],
  ])('gives %j what it gives to others', (entry) => {
    expect(startTimeoutOf(entry)).toBe(START_TIMEOUT_MS);
  });

  it('does as the entry says', () => {
    expect(startTimeoutOf({ ...stdio('npx'), startTimeoutMs: 5000 })).toBe(5000);
    expect(startTimeoutOf({ ...stdio('node'), startTimeoutMs: 600_000 })).toBe(600_000);
  });
});
