import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { LAB, NamespaceLab } from '../helpers/namespaces.js';
import { runTool, type ToolSuccess } from '../helpers/network-tools.js';
import { describeWithParts } from '../helpers/real-parts.js';

const SOCKETS = resolve(__dirname, '../helpers/many-sockets.mjs');
/** 2,000 tokens of four bytes: what an answer may have that nobody has asked more of. */
const MAX_BYTES = 8_000;
const PAIRS = 20;
const ENTRIES = 5_000;
const RULES = 500;
/** Each has a socket at both ends. */
const SOCKET_PAIRS = 500;

/** What each tool of the host has to leave out, and how it says so. */
const ANSWERS: readonly [tool: string, args: object, said: object][] = [
  ['network_connections', {}, { truncated: true }],
  ['network_firewall', {}, { total: RULES }],
  ['network_interface_stats', {}, { truncated: true }],
  ['network_interfaces', {}, { truncated: true, total: 2 * PAIRS + 2 }],
  ['network_neighbors', {}, { truncated: true }],
  ['network_path_mtu', { target: LAB.client.ipv4 }, {}],
  ['network_ping', { target: LAB.client.ipv4 }, { reachable: true }],
  ['network_route_lookup', { target: '172.16.3.4' }, { gateway: LAB.nearRouter.ipv4 }],
  ['network_route_table', {}, { truncated: true }],
  ['network_socket_stats', { seconds: 1 }, {}],
  ['network_sysctl', {}, {}],
  ['network_traceroute', { target: LAB.client.ipv4 }, { reached: true }],
];

describeWithParts('A host with thousands of everything', ['root', 'ip', 'nft', 'ping', 'traceroute'], () => {
  const directory = mkdtempSync(join(tmpdir(), 'mcpo-large-'));
  let lab: NamespaceLab;
  let outcomes: ToolSuccess<object>[];

  beforeAll(async () => {
    lab = await NamespaceLab.create();
    const batch = join(directory, 'batch');
    writeFileSync(batch, batchOf().join('\n'));
    const rules = join(directory, 'rules.nft');
    writeFileSync(rules, ruleSet());
    await lab.ip('client', `-batch ${batch}`);
    await lab.exec('client', 'nft', '-f', rules);
    await lab.start('client', SOCKETS, { pairs: SOCKET_PAIRS });
    const calls = ANSWERS.map(([tool, args]) => ({ tool, args }));
    outcomes = (await runTool(lab, 'client', { tool: '', calls } as never)) as never;
  });
  afterAll(async () => {
    await lab?.dispose();
    rmSync(directory, { recursive: true });
  });

  it.each(ANSWERS.map(([tool, , said], index) => [tool, index, said] as const))(
    'is answered by %s in less than 8,000 bytes without being asked for more',
    (_tool, index, said) => {
      const { ok, text, structured } = outcomes[index]!;
      expect({ ok, ...structured }).toMatchObject({ ok: true, ...said });
      expect(Buffer.byteLength(text) + Buffer.byteLength(JSON.stringify(structured))).toBeLessThan(MAX_BYTES);
    },
  );
});

function batchOf(): string[] {
  const each = <T>(count: number, make: (at: number) => T): T[] =>
    Array.from({ length: count }, (_, at) => make(at));
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  return [
    ...each(PAIRS, (at) => `link add many${at} type veth peer name peer${at}`),
    ...each(PAIRS, (at) => `addr add 10.100.${at}.1/24 dev many${at}`),
    ...each(PAIRS, (at) => `addr add 2001:db8:ffff:${at}::1/64 dev many${at} nodad`),
    ...each(PAIRS, (at) => `link set many${at} up`),
    ...each(
      ENTRIES,
      (at) =>
        `route add 172.${16 + Math.floor(at / 256)}.${at % 256}.0/24 via ${LAB.nearRouter.ipv4} metric 100`,
    ),
    ...each(
      ENTRIES,
      (at) =>
        `neigh add 10.100.${at % PAIRS}.${3 + Math.floor(at / PAIRS)} dev many${at % PAIRS} ` +
        `lladdr 02:00:00:00:${hex(Math.floor(at / 256))}:${hex(at % 256)}`,
    ),
  ];
}

function ruleSet(): string {
  const rules = Array.from(
    { length: RULES },
    (_, at) =>
      `ip saddr 10.9.${at % 250}.0/24 tcp dport ${10_000 + at} ct state new counter drop comment "rule ${at}"`,
  );
  return `table inet large { chain input { type filter hook input priority 0; ${rules.join('; ')};\n}\n}\n`;
}
