import type { PingReport } from '../../src/network/ping/ping.schema.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { type GuestAnswers, runInUserModeLinux } from '../helpers/user-mode-linux.js';

/** What netem does to the answers of each, by the third number of its network. */
const PATHS = [
  ['no delay', ''],
  ['100 ms', 'delay 100ms'],
] as const;
const target = (at: number): string => `10.20.${at}.2`;
const ping = (at: number): string => `ip netns exec client ping -n -c 4 -W 10 ${target(at)}`;

const SETUP = [
  ...['client', 'far'].map((name) => `ip netns add ${name} && ip -n ${name} link set lo up`),
  ...PATHS.flatMap(([, disturbance], at) => [
    `ip link add c${at} netns client address 02:00:00:00:${at}:01 type veth peer name f${at} netns far address 02:00:00:00:${at}:02`,
    ...(disturbance === '' ? [] : [`ip netns exec far tc qdisc add dev f${at} root netem ${disturbance}`]),
    `ip -n client -batch - <<.`,
    `addr add 10.20.${at}.1/24 dev c${at}`,
    `link set c${at} up`,
    `neigh add ${target(at)} lladdr 02:00:00:00:${at}:02 dev c${at}`,
    '.',
    `ip -n far -batch - <<.`,
    `addr add ${target(at)}/24 dev f${at}`,
    `link set f${at} up`,
    `neigh add 10.20.${at}.1 lladdr 02:00:00:00:${at}:01 dev f${at}`,
    '.',
  ]),
];

describeWithParts('Under a kernel with netem', ['linux.uml', 'ip', 'tc', 'ping'], () => {
  let answers: GuestAnswers;

  beforeAll(async () => {
    answers = await runInUserModeLinux({
      setup: SETUP,
      commands: Object.fromEntries(PATHS.map(([name], at) => [name, ping(at)])),
      calls: PATHS.map((_path, at) => ({ tool: 'network_ping', args: { target: target(at) } })),
      namespace: 'client',
      seconds: 200,
    });
  });

  it.each(PATHS.map(([name], at) => [name, at] as const))(
    'network_ping loses nothing that ping does not lose: %s',
    (name, at) => {
      const outcome = answers.outcomes[at]!;
      if (!outcome.ok) throw new Error(outcome.message);
      const report = outcome.structured as PingReport;
      expect(answers.said[name]).toContain(
        `${report.transmitted} packets transmitted, ${report.received} received`,
      );
    },
  );
});
