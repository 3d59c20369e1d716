import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ToolError } from '../../tools/tool-error.js';
import type { RunProgram } from '../host/table-reading.js';
import { differenceOf } from './counter-difference.js';
import { monotonicMs, readInterfaceStats, type InterfaceStatsReading } from './interface-stats.reading.js';
import { parseNetDev } from './proc-net-dev.parser.js';

const HEADING = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;
const line = (name: string, rx: string, tx: string): string => `  ${name}: ${rx} 0 0 0 0 ${tx} 0 0 0 0\n`;
/** `tc -s -j qdisc show` of iproute2 6.1. */
const TC =
  '[{"kind":"noqueue","handle":"0:","dev":"lo","root":true,"refcnt":2,"options":{},"bytes":0,"packets":0,"drops":0,' +
  '"overlimits":0,"requeues":0,"backlog":0,"qlen":0},{"kind":"tbf","handle":"8001:","dev":"eth0","root":true,"refcnt":2,' +
  '"options":{"rate":12500,"burst":1600,"lat":50000},"bytes":1016,"packets":12,"drops":7,"overlimits":9,"requeues":0,' +
  '"backlog":330,"qlen":1}]';

describe(parseNetDev, () => {
  it('keeps 64 bits exact, and names with colons', () => {
    const text = HEADING + line('eth0:1', '18446744073709551615 9007199254740993 1 2', '5 6 7 8');
    expect(parseNetDev(text).get('eth0:1')).toEqual({
      rx: { bytes: 18_446_744_073_709_551_615n, packets: 9_007_199_254_740_993n, errors: 1n, dropped: 2n },
      tx: { bytes: 5n, packets: 6n, errors: 7n, dropped: 8n },
    });
  });

  it('makes nothing of other lines', () => {
    expect(parseNetDev(`${HEADING}eth0: 1 2 three\n:\n`).size).toBe(0);
  });
});

describe(differenceOf, () => {
  const counters = (bytes: bigint, packets: bigint) => ({ bytes, packets, errors: 0n, dropped: 0n });

  it.each([
    ['grows', counters(10n, 1n), counters(15n, 2n), 5n, []],
    ['wraps at 32 bits', counters(4_294_967_290n, 1n), counters(4n, 2n), 10n, ['bytes wrapped at 32 bits']],
    ['wraps at 64 bits', counters(2n ** 64n - 1n, 1n), counters(4n, 2n), 5n, ['bytes wrapped at 64 bits']],
    ['begins anew', counters(1000n, 1n), counters(4n, 2n), null, ['bytes began anew']],
    [
      'begins anew with the others',
      counters(4_294_967_290n, 7n),
      counters(4n, 2n),
      null,
      ['bytes began anew', 'packets began anew'],
    ],
  ])('tells that a counter %s', (_how, before, after, bytes, remarks) => {
    const found = differenceOf(before, after);
    expect([found.counts.bytes, found.remarks]).toEqual([bytes, remarks]);
  });
});

describe(readInterfaceStats, () => {
  let root: string;
  const before = HEADING + line('lo', '100 1 0 0', '100 1 0 0') + line('eth0', '1000 10 0 0', '500 5 0 0');
  const after = HEADING + line('lo', '100 1 0 0', '100 1 0 0') + line('eth0', '3500 35 2 1', '9000 90 0 0');

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'mcpo-stats-'));
    const write = (path: string, text: string): void => {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), text);
    };
    write('proc/net/dev', after);
    for (const [name, rx] of [
      ['lo', '100'],
      ['eth0', '3500'],
    ] as const) {
      write(`sys/class/net/${name}/ifindex`, '1');
      write(`sys/class/net/${name}/statistics/rx_bytes`, rx);
    }
    write('sys/class/net/eth0/statistics/rx_crc_errors', '2\n');
    write('sys/class/net/eth0/statistics/collisions', '0\n');
    write('sys/class/net/eth0/speed', '1\n');
    write('sys/class/net/eth0/duplex', 'full\n');
    write('sys/class/net/eth0/operstate', 'up\n');
    write('sys/class/net/eth0/carrier_changes', '4\n');
    mkdirSync(join(root, 'sys/class/net/eth0/device'));
    symlinkSync('../../../bus/pci/drivers/e1000', join(root, 'sys/class/net/eth0/device/driver'));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  const read = async (run: RunProgram, query: object = {}): Promise<InterfaceStatsReading> => {
    const paths = { proc: join(root, 'proc'), sys: join(root, 'sys'), programs: '' };
    const whole = { limit: 10, offset: 0, before, beforeAt: monotonicMs() - 1000, ...query };
    const [outcome] = await readInterfaceStats({ paths, run }, [whole]);
    if (!outcome || !('answer' in outcome)) throw new Error('It has failed');
    return outcome.answer;
  };
  const tc: RunProgram = (_program, _args, take) => {
    take(TC);
    return Promise.resolve({ exitCode: 0, stderr: '' });
  };

  it('tells rates, the busiest first, and what sysfs and tc know', async () => {
    const { interfaces, total, notes, seconds } = await read(tc);
    expect([total, notes]).toEqual([2, []]);
    expect(interfaces.map(({ name }) => name)).toEqual(['eth0', 'lo']);
    const [eth0] = interfaces;
    expect(eth0).toMatchObject({
      rx: { bytes: '3500', packets: '35', errors: '2', newErrors: 2, newDropped: 1 },
      tx: { bytes: '9000', newErrors: 0 },
      counters: { rx_crc_errors: '2' },
      operstate: 'up',
      speedMbps: 1,
      duplex: 'full',
      driver: 'e1000',
      carrierChanges: 4,
      queues: [{ kind: 'tbf', handle: '8001:', drops: 7, overlimits: 9, backlogBytes: 330 }],
    });
    expect(eth0?.tx.bitsPerSecond).toBeCloseTo(68_000 / seconds, 0);
    expect(eth0?.utilizationPercent).toBeCloseTo(6.8 / seconds, 1);
  });

  it('has a page, and one interface alone', async () => {
    expect((await read(tc, { limit: 1, offset: 1 })).interfaces.map(({ name }) => name)).toEqual(['lo']);
    expect((await read(tc, { name: 'eth0' })).total).toBe(1);
  });

  it('says of one that was made meanwhile that it has no rate', async () => {
    const { interfaces } = await read(tc, { before: HEADING, name: 'eth0' });
    expect(interfaces[0]).toMatchObject({
      rx: { bitsPerSecond: null, newErrors: null },
      remarks: ['It was made between the samples.'],
    });
  });

  it('says why it knows nothing of queues', async () => {
    const none: RunProgram = () => Promise.reject(new ToolError('missing_binary', 'There is no tc.'));
    expect((await read(none)).notes).toEqual(['Queue disciplines are unknown: There is no tc.']);
  });
});
