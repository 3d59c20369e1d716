import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestServer } from './app.js';
import { waitFor } from './wait-for.js';

const require = createRequire(__filename);

/** The script of an MCP server from npm. */
export const serverScript = (name: 'everything' | 'filesystem' | 'memory'): string =>
  join(dirname(require.resolve(`@modelcontextprotocol/server-${name}/package.json`)), 'dist', 'index.js');

/** The script of a server that fails in all ways, on request. */
export const FAULTY_SCRIPT = join(__dirname, 'faulty-upstream.mjs');

/** An MCP_SERVERS_FILE of a test, in a directory of its own. */
export class ServersFile {
  readonly directory = mkdtempSync(join(tmpdir(), 'mcpo-upstreams-'));
  readonly path = join(this.directory, 'servers.json');

  constructor(servers: object = {}) {
    this.write(servers);
  }

  write(servers: object): void {
    this.writeText(JSON.stringify({ mcpServers: servers }));
  }

  writeText(text: string): void {
    writeFileSync(this.path, text);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export interface UpstreamReport {
  readonly name: string;
  readonly state: string;
  readonly tools: readonly string[];
  readonly quarantined: readonly { name: string; reason: string }[];
  readonly connections: number;
  readonly [member: string]: unknown;
}

interface Running {
  readonly report: UpstreamReport;
  readonly upstream: { relist(isFresh: boolean): Promise<void> };
}

function runningIn(server: TestServer): readonly Running[] {
  const { Upstreams } = require('../../src/upstreams/upstreams.service.ts') as { Upstreams: never };
  return server.app.get<{ all(): readonly Running[] }>(Upstreams, { strict: false }).all();
}

/** What the operator would see of each upstream in /status. */
export const upstreamReports = (server: TestServer): readonly UpstreamReport[] =>
  runningIn(server).map(({ report }) => report);

/** Has the catalogue of an upstream listed anew, as it is from time to time. */
export const relist = (server: TestServer, name: string): Promise<void> =>
  runningIn(server)
    .find(({ report }) => report.name === name)!
    .upstream.relist(true);

export const upstreamReport = (server: TestServer, name: string): UpstreamReport | undefined =>
  upstreamReports(server).find((report) => report.name === name);

/** Comes back when all upstreams of these names are up. */
export const untilUp = (server: TestServer, ...names: string[]): Promise<void> =>
  waitFor(() => names.every((name) => upstreamReport(server, name)?.state === 'up'));

/** The names of the tools as a client lists them. */
export async function listedTools(server: TestServer): Promise<string[]> {
  const response = await server.mcp({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} });
  const { result } = (await response.json()) as { result: { tools: { name: string }[] } };
  return result.tools.map(({ name }) => name);
}
