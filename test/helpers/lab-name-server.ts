import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { NamespaceLab, Place } from './namespaces.js';

const run = promisify(execFile);

/** Where BIND answers: as a resolver that validates, and everywhere else as the server of all zones, the root among them. */
export interface NameServerPlaces {
  readonly resolver: string;
  readonly authorities: readonly string[];
}

export interface Zones {
  /** Lines of the root zone, in which all names stand that no other zone has. */
  readonly root: string;
  /** Lines of zones that are signed, by name; `nsec3` chooses how they deny, `spoils` what is altered afterwards. */
  readonly signed: Readonly<
    Record<string, { readonly records: string; nsec3?: boolean; spoils?: readonly [string, string] }>
  >;
  /** Names of zones that nobody may ask for. */
  readonly refused: readonly string[];
  /** Names for which the resolver answers over TCP alone. */
  readonly tcpOnly: readonly string[];
}

/** BIND 9 inside a namespace, with a root zone of its own. */
export class LabNameServer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly directory: string,
  ) {}

  static async start(
    lab: NamespaceLab,
    place: Place,
    places: NameServerPlaces,
    zones: Zones,
  ): Promise<LabNameServer> {
    const directory = mkdtempSync(join(tmpdir(), 'mcpo-named-'));
    // Under its own name AppArmor (Ubuntu) would let it read nothing here.
    const program = execFileSync('sh', ['-c', 'PATH=$PATH:/usr/sbin command -v named'], { encoding: 'utf8' });
    copyFileSync(program.trim(), join(directory, 'named'));
    const write = (name: string, text: string): void => writeFileSync(join(directory, name), text);
    const head = (name: string): string => `$TTL 300
@ IN SOA ns.lab. admin.lab. 7 3600 600 86400 60
@ IN NS ns.lab.
${name === '.' ? `ns.lab. A ${places.authorities[0]}\n` : ''}`;
    write('hints', `. 3600 NS ns.lab.\nns.lab. 3600 A ${places.authorities[0]}\n`);
    write('root.zone', head('.') + zones.root);
    write('refused.zone', head('refused'));
    write('rpz.zone', head('rpz') + zones.tcpOnly.map((name) => `${name} CNAME rpz-tcp-only.\n`).join(''));
    const keys = await Promise.all(
      Object.entries(zones.signed).map(async ([zone, { records, nsec3, spoils }]) => {
        write(`${zone}.zone`, head(zone) + records);
        const generate = ['-q', '-K', directory, '-a', 'ECDSAP256SHA256', '-f', 'KSK', zone];
        await run('dnssec-keygen', generate);
        const sign = ['-S', '-z', '-K', directory, '-d', directory, '-o', zone];
        const file = join(directory, `${zone}.zone`);
        await run('dnssec-signzone', [...sign, ...(nsec3 === true ? ['-3', 'abcd'] : []), file]);
        if (spoils !== undefined)
          write(`${zone}.zone.signed`, readFileSync(`${file}.signed`, 'utf8').replace(...spoils));
        return keyIn(directory, zone);
      }),
    );
    const zone = (name: string, file: string, more = ''): string =>
      `zone "${name}" { type primary; file "${file}"; ${more}};`;
    write(
      'named.conf',
      `options {
        directory "${directory}"; pid-file none; listen-on { ${[places.resolver, ...places.authorities].join('; ')}; }; listen-on-v6 { none; };
        dnssec-validation yes; empty-zones-enable no; rrset-order { order none; };
        clients-per-query 0; max-clients-per-query 0;
      };
      controls {};
      trust-anchors { ${keys.join(' ')} };
      view authority {
        match-destinations { !${places.resolver}; any; }; recursion no;
        ${zone('.', 'root.zone')}
        ${Object.keys(zones.signed)
          .map((name) => zone(name, `${name}.zone.signed`))
          .join('\n')}
        ${zones.refused.map((name) => zone(name, 'refused.zone', 'allow-query { none; }; ')).join('\n')}
      };
      view resolver {
        match-destinations { any; }; recursion yes; allow-recursion { any; };
        response-policy { zone "rpz"; };
        zone "." { type hint; file "hints"; };
        ${zone('rpz', 'rpz.zone')}
      };`,
    );
    const args = ['netns', 'exec', lab.namespace(place), join(directory, 'named'), '-g', '-n', '1'];
    const child = spawn('ip', [...args, '-c', join(directory, 'named.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stderr })) {
      lines.push(line);
      if (line.endsWith(' running')) break;
    }
    if (child.exitCode !== null || !lines.at(-1)!.endsWith(' running')) throw new Error(lines.join('\n'));
    child.stderr.resume();
    return new LabNameServer(child, directory);
  }

  async close(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** As `trust-anchors` wants it: `name static-key flags protocol algorithm "key";`. */
function keyIn(directory: string, zone: string): string {
  const file = readdirSync(directory).find((name) => name.startsWith(`K${zone}.`) && name.endsWith('.key'))!;
  const record = readFileSync(join(directory, file), 'utf8')
    .split('\n')
    .find((line) => line.includes(' DNSKEY '))!;
  const [, , , flags, protocol, algorithm, ...key] = record.split(/\s+/);
  return `"${zone}" static-key ${flags} ${protocol} ${algorithm} "${key.join('')}";`;
}
