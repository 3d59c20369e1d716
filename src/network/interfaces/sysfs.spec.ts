import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { hasOwnSysfs } from './sysfs.js';

interface Link {
  readonly index: number;
  readonly bytes: string;
}

const LINKS: Readonly<Record<string, Link>> = {
  lo: { index: 1, bytes: '100' },
  eth0: { index: 2, bytes: '18446744073709551615' },
};

describe('hasOwnSysfs', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'mcpo-sysfs-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const mountProc = (links: Readonly<Record<string, Link>>): void => {
    const counters = Object.entries(links).map(([name, { bytes }]) => ` ${name}: ${bytes} 1 0 0`);
    write('proc/net/dev', ['Inter-| Receive', ' face |bytes', ...counters, ''].join('\n'));
    const addresses = Object.entries(links).map(
      ([name, { index }]) => `fe80${'0'.repeat(27)}${index} 0${index} 40 20 80 ${name}`,
    );
    write('proc/net/if_inet6', `${addresses.join('\n')}\n`);
  };
  const mountSys = (links: Readonly<Record<string, Link>>): void => {
    for (const [name, { index, bytes }] of Object.entries(links)) {
      write(`sys/class/net/${name}/ifindex`, `${index}\n`);
      write(`sys/class/net/${name}/statistics/rx_bytes`, `${bytes}\n`);
    }
  };
  const isOwn = (): boolean => hasOwnSysfs({ proc: join(root, 'proc'), sys: join(root, 'sys') });

  it('knows that of its own namespace', () => {
    mountProc(LINKS);
    mountSys(LINKS);
    write('sys/class/net/bonding_masters', '');
    expect(isOwn()).toBe(true);
  });

  it.each([
    ['an interface more', { ...LINKS, eth1: { index: 3, bytes: '0' } }],
    ['an interface less', { lo: LINKS['lo']! }],
    ['another name', { lo: LINKS['lo']!, ens3: LINKS['eth0']! }],
    ['the same names under another number', { ...LINKS, eth0: { ...LINKS['eth0']!, index: 7 } }],
    ['the same names and numbers, and has received less', { ...LINKS, lo: { index: 1, bytes: '99' } }],
    ['the same names and numbers, and has received more', { ...LINKS, lo: { index: 1, bytes: '101' } }],
    ['no interface', {}],
  ])('knows that of another one, which has %s', (_name, links) => {
    mountProc(LINKS);
    mkdirSync(join(root, 'sys/class/net'), { recursive: true });
    mountSys(links);
    expect(isOwn()).toBe(false);
  });

  it('has none where none is mounted, and doubts none without procfs', () => {
    mountProc(LINKS);
    expect(isOwn()).toBe(false);
    rmSync(join(root, 'proc'), { recursive: true });
    mountSys(LINKS);
    expect(isOwn()).toBe(true);
  });
});
