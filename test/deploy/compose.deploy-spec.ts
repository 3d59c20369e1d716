import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { Environment } from '../../src/config/environment.js';
import { describeWithParts } from '../helpers/real-parts.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const KEY = 'compose-key-0123456789abcdef0123456789abcdef';
const REPLICAS = ['mcpo-1', 'mcpo-2', 'mcpo-3'] as const;

interface Service {
  readonly image: string;
  readonly environment?: Record<string, string | null>;
  readonly networks?: Record<string, { ipv4_address?: string } | null>;
  readonly ports?: (string | { published: number | string; target: number })[];
  readonly healthcheck?: { interval: string };
  readonly mem_limit?: string | number;
  readonly cap_drop?: string[];
  readonly read_only?: boolean;
  readonly build?: unknown;
}

function config(env: Record<string, string>): { status: number | null; stdout: string; stderr: string } {
  const { PATH = '', HOME = '/' } = process.env;
  return spawnSync(
    'docker-compose',
    [
      '-f',
      'docker-compose.mcpo.yml',
      '--profile',
      'grafana',
      '--profile',
      'chat',
      '--profile',
      'host-network',
      'config',
    ],
    { cwd: ROOT, encoding: 'utf8', env: { PATH, HOME, ...env } },
  );
}

describeWithParts('docker-compose.mcpo.yml', ['docker-compose'], () => {
  let services: Record<string, Service>;
  const service = (name: string): Service => {
    const found = services[name];
    if (found === undefined) throw new Error(`There is no service ${name}`);
    return found;
  };
  const address = (name: string): string => service(name).networks?.['mcpo']?.ipv4_address ?? '';

  beforeAll(() => {
    const { status, stdout, stderr } = config({ MCP_API_KEYS: KEY, MCPO_HOST: 'mcp.example.com' });
    if (status !== 0) throw new Error(stderr);
    ({ services } = parse(stdout) as { services: Record<string, Service> });
  });

  it('has the server three times, and what it needs', () => {
    expect(Object.keys(services)).toEqual(expect.arrayContaining([...REPLICAS, 'nginx', 'redis']));
  });

  it('says what to do when MCP_API_KEYS is missing', () => {
    const { status, stderr } = config({});
    expect(status).not.toBe(0);
    expect(stderr).toContain('MCP_API_KEYS is not set. Mint a key with "openssl rand -hex 32"');
  });

  it('pins each image to a version', () => {
    for (const [name, { image }] of Object.entries(services)) {
      expect(`${name} ${image}`).toMatch(/:[a-z-]*v?\d[\w.-]*$/);
    }
  });

  it('names its own image by the version of the package', () => {
    const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { version: string };
    for (const name of REPLICAS) expect(service(name).image).toBe(`mcpo-mcp-server:${version}`);
    expect(readFileSync(`${ROOT}Dockerfile`, 'utf8')).toContain(`ARG VERSION=${version}\n`);
  });

  it('lets the replicas trust nginx alone, which has a fixed address', () => {
    expect(address('nginx')).toMatch(/^\d+\.\d+\.\d+\.10$/);
    for (const name of REPLICAS) expect(service(name).environment?.['TRUST_PROXY']).toBe(address('nginx'));
  });

  it('publishes no port past nginx but to this machine', () => {
    // Compose writes a port as a text, or as an object, as it likes.
    const published = ({ ports = [] }: Service): string[] =>
      ports.map((port) => (typeof port === 'string' ? port : `${port.published}:${port.target}/tcp`));
    for (const [name, one] of Object.entries(services)) {
      if (name === 'nginx') continue;
      for (const port of published(one)) expect(`${name} ${port}`).toContain(' 127.0.0.1:');
    }
    for (const name of REPLICAS) expect(service(name).ports).toBeUndefined();
    expect(published(service('nginx'))).toEqual(['8000:8000/tcp', '443:443/tcp']);
  });

  it('gives nginx and the check of Host the one host name', () => {
    expect(service('nginx').environment?.['MCPO_HOST']).toBe('mcp.example.com');
    expect(service('mcpo-1').environment?.['ALLOWED_HOSTS']).toBe('mcp.example.com,localhost,127.0.0.1');
  });

  it('leaves it to the operator where probes may go, and passes the choice on', () => {
    const chosen = (env: Record<string, string>): unknown[] => {
      const all = parse(config({ MCP_API_KEYS: KEY, ...env }).stdout) as {
        services: Record<string, Service>;
      };
      return [...REPLICAS, 'mcpo-host'].map(
        (name) => all.services[name]?.environment?.['PROBE_POLICY'] ?? null,
      );
    };
    expect(Object.keys(service('mcpo-1').environment ?? {})).toContain('PROBE_POLICY');
    expect(new Set(chosen({}))).toEqual(new Set([null]));
    expect(new Set(chosen({ PROBE_POLICY: 'strict' }))).toEqual(new Set(['strict']));
  });

  it('gives all replicas the same environment, and the same Redis', () => {
    for (const name of REPLICAS) expect(service(name).environment).toEqual(service('mcpo-1').environment);
    expect(service('mcpo-1').environment).toMatchObject({
      REDIS_URL: 'redis://redis:6379',
      MCP_API_KEYS: KEY,
    });
  });

  it('checks the health of each service every 30 s, limits its memory, and takes its rights', () => {
    for (const [name, one] of Object.entries(services)) {
      expect([name, one.read_only, one.cap_drop]).toEqual([name, true, ['ALL']]);
      if (name === 'certificate') continue;
      expect([name, typeof one.mem_limit]).not.toEqual([name, 'undefined']);
      // That of our own image is declared in the image.
      if (one.build === undefined) expect([name, one.healthcheck?.interval]).toEqual([name, '30s']);
    }
    expect(readFileSync(`${ROOT}Dockerfile`, 'utf8')).toContain('HEALTHCHECK --interval=30s');
  });

  it('passes on variables that the server has', () => {
    const known = Object.keys(new Environment());
    expect(Object.keys(service('mcpo-1').environment ?? {}).filter((name) => !known.includes(name))).toEqual(
      [],
    );
  });
});
