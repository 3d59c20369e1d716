import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readProjectFile } from '../docs/markdown.js';
import { freePort } from '../helpers/free-port.js';
import { Manifests } from '../helpers/manifests.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { waitFor } from '../helpers/wait-for.js';

/** As a replica comes: from an address of a network, and not over the loopback interface. */
function addressOfThisMachine(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((interfaces) => interfaces ?? []);
  const found = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (found === undefined) throw new Error('This machine has no address but loopback ones');
  return found.address;
}

function commandOfCompose(): string[] {
  const { services } = parse(readProjectFile('docker-compose.mcpo.yml')) as {
    services: { redis: { command: string[] } };
  };
  return services.redis.command.slice(1);
}

function configurationOfKubernetes(directory: string): string[] {
  const manifests = new Manifests(readProjectFile('k8s-mcpo-deployment.yml'));
  const file = join(directory, 'redis.conf');
  const text = manifests.get('ConfigMap', 'mcpo-redis-config').data?.['redis.conf'] ?? '';
  writeFileSync(file, text.replace('dir /data', `dir ${directory}`));
  return [file];
}

describeWithParts('Redis, as it is started', ['redis-server'], () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'mcpo-redis-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it.each([
    ['with Compose', commandOfCompose],
    ['with Kubernetes', configurationOfKubernetes],
  ])('%s lets the replicas in, and lets go of nothing when it is full', async (_where, argumentsIn) => {
    const port = await freePort();
    const args = [...argumentsIn(directory), '--port', String(port), '--dir', directory];
    const redis = spawn('redis-server', args, { stdio: 'ignore' });
    const ended = once(redis, 'close');
    try {
      const answer = async (command: string): Promise<string> => {
        const socket = connect(port, addressOfThisMachine());
        socket.end(`${command}\r\n`);
        let text = '';
        for await (const chunk of socket) text += String(chunk);
        return text;
      };
      let said = '';
      await waitFor(async () => {
        said = await answer('PING').catch(() => '');
        return said !== '' || redis.exitCode !== null;
      });
      expect({ exitCode: redis.exitCode, said }).toEqual({ exitCode: null, said: '+PONG\r\n' });
      expect(await answer('CONFIG GET maxmemory-policy')).toContain('noeviction');
      expect(await answer('CONFIG GET maxmemory')).toContain(String(200 * 1024 * 1024));
    } finally {
      redis.kill('SIGTERM');
      await ended;
    }
  });
});
