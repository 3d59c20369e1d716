import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { PROJECT_ROOT, readProjectFile } from '../docs/markdown.js';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (script: string, env: Record<string, string> = {}): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [`scripts/${script}.mjs`],
      { cwd: PROJECT_ROOT, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

const lock = JSON.parse(readProjectFile('package-lock.json')) as {
  packages: Record<string, { version: string; dev?: boolean; integrity?: string }>;
};
/** The packages of the lock file, by name; those that others bring along below them included. */
const locked = (isDelivered: boolean): Set<string> =>
  new Set(
    Object.entries(lock.packages)
      .filter(([path, { dev = false }]) => path !== '' && dev !== isDelivered)
      .map(([path]) => path.replace(/^.*node_modules\//, '')),
  );

/** A registry that answers the question for advisories, and nothing else. */
describe('npm run audit:dependencies', () => {
  const cache = mkdtempSync(join(tmpdir(), 'mcpo-npm-'));
  let registry: Server;
  let asked: Record<string, string[]>;

  async function serve(status: number, advisories: object): Promise<Ran> {
    registry = createServer((request, response) => {
      const answer = (): unknown =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(advisories));
      if (!request.url?.endsWith('/advisories/bulk')) {
        response.writeHead(404).end('{}');
        return;
      }
      const body = request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request;
      json(body).then((question) => {
        asked = question as typeof asked;
        answer();
      }, answer);
    });
    await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
    const { port } = registry.address() as AddressInfo;
    return run('audit-dependencies', {
      npm_config_registry: `http://127.0.0.1:${port}/`,
      npm_config_fetch_retries: '0',
      // npm remembers what it has made of an advisory.
      npm_config_cache: cache,
    });
  }
  afterEach(async () => {
    await new Promise((resolve) => registry.close(resolve));
    rmSync(cache, { recursive: true, force: true });
  });

  const weakness = (severity: string): object => ({
    ioredis: [
      { id: 1, url: 'https://example.com/1', title: 'A weakness', severity, vulnerable_versions: '*' },
    ],
  });

  it('asks for everything that is delivered', async () => {
    const { code, stdout } = await serve(200, {});
    expect(stdout).toMatch(/^Checked \d+ packages: 0 with known weaknesses, 0 of them high or critical\.$/m);
    expect(code).toBe(0);
    expect(Object.keys(asked)).toEqual(expect.arrayContaining(['ioredis', 'jose', '@nestjs/core']));
  });

  it.each([
    ['high', 1],
    ['critical', 1],
    ['moderate', 0],
  ])('names a weakness of severity %s, and ends with %d', async (severity, expected) => {
    const { code, stdout } = await serve(200, weakness(severity));
    expect(stdout).toContain(`${severity.toUpperCase()} ioredis `);
    expect(stdout).toContain(': A weakness, https://example.com/1\n');
    expect(code).toBe(expected);
  });

  it('says that nothing was checked where a registry has no advisories', async () => {
    const { code, stdout } = await serve(405, {});
    expect(stdout).toMatch(/^NOT CHECKED: .*405/);
    expect(code).toBe(0);
  });

  it('fails when the registry does', async () => {
    const { code, stdout, stderr } = await serve(500, {});
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('could not be checked');
  });
});

describe('npm run sbom', () => {
  it('lists what is delivered, with versions and digests, and nothing else', async () => {
    const { code, stdout } = await run('sbom');
    expect(code).toBe(0);
    const bill = JSON.parse(stdout) as {
      bomFormat: string;
      components: { group?: string; name: string; version: string; hashes?: { alg: string }[] }[];
    };
    expect(bill.bomFormat).toBe('CycloneDX');
    const names = new Set(bill.components.map(({ name }) => name));
    expect(names).toEqual(locked(true));
    for (const { version, hashes = [] } of bill.components) {
      expect(version).not.toBe('');
      expect(hashes.map(({ alg }) => alg)).toContain('SHA-512');
    }
  });
});

it('every package of the lock file has its digest', () => {
  const without = Object.entries(lock.packages).filter(
    ([path, { integrity = '' }]) => path !== '' && !integrity,
  );
  expect(without.map(([path]) => path)).toEqual([]);
});
