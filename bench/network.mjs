// npm run bench:network [-- ordinary routes 'sockets:network_connections process' names]: the five network tools on an
// ordinary host, beside 70,000 routes, beside 100,000 sockets, and with a name server that is silent, each in a network
// namespace of its own; behind a colon is the one row to measure. Prints time, longest silence of /health/live and
// memory, and what is left behind. Linux and root; ends by itself.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROUTES = Number(process.env.ROUTES ?? 70_000);
const SOCKETS = Number(process.env.SOCKETS ?? 100_000);
/** Connections of one process, which has both ends of each: the usual limit of descriptors is 20,000. */
const OF_ONE_HOLDER = 5_000;
/** Of one area: whatever hangs is ended then. */
const AREA_TIMEOUT_MS = 300_000;
const SILENT_SERVER = '10.111.0.53';

const here = (name) => fileURLToPath(new URL(`./network/${name}`, import.meta.url));
const run = promisify(execFile);
const scratch = mkdtempSync(join(tmpdir(), 'mcpo-bench-'));
const holders = [];

const AREAS = {
  ordinary: { prepare: () => undefined },
  routes: { prepare: addRoutes },
  sockets: { prepare: holdSockets },
  names: { prepare: silenceNames },
};

async function addRoutes(space) {
  await run('ip', ['-n', space, ...'link add r0 type veth peer name r1'.split(' ')]);
  for (const words of ['addr add 10.0.0.1/24 dev r0', 'link set r0 up', 'link set r1 up']) {
    await run('ip', ['-n', space, ...words.split(' ')]);
  }
  const lines = Array.from(
    { length: ROUTES },
    (_, i) => `route add 20.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32 via 10.0.0.2`,
  );
  execFileSync('ip', ['-n', space, '-batch', '-'], { input: lines.join('\n') });
}

async function holdSockets(space) {
  const connections = Math.ceil(SOCKETS / 2);
  for (let done = 0; done < connections; done += OF_ONE_HOLDER) {
    const count = String(Math.min(OF_ONE_HOLDER, connections - done));
    const command = ['netns', 'exec', space, process.execPath, here('socket-holder.mjs'), count];
    const holder = spawn('ip', command, { stdio: ['pipe', 'pipe', 'inherit'] });
    holders.push(holder);
    await once(holder.stdout, 'data');
  }
}

/** A black hole in which questions disappear: the kernel says nothing, as a firewall that drops. */
async function silenceNames(space) {
  writeFileSync(join(scratch, 'resolv.conf'), `nameserver ${SILENT_SERVER}\n`);
  await run('ip', ['-n', space, ...'link add n0 type veth peer name n1'.split(' ')]);
  for (const words of [
    'addr add 10.111.0.1/24 dev n0',
    `neigh add ${SILENT_SERVER} lladdr 02:00:00:00:00:53 dev n0`,
    'link set n0 up',
    'link set n1 up',
  ]) {
    await run('ip', ['-n', space, ...words.split(' ')]);
  }
}

async function measure(area, row, space) {
  const measurer = [process.execPath, here('measure.mjs'), area, row, scratch];
  const command =
    area === 'names'
      ? // Only this process tree sees that resolv.conf.
        [
          ...['unshare', '-m', 'sh', '-c', 'mount --bind "$0" /etc/resolv.conf && exec "$@"'],
          ...[join(scratch, 'resolv.conf'), ...measurer],
        ]
      : measurer;
  const child = spawn('ip', ['netns', 'exec', space, ...command], {
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: AREA_TIMEOUT_MS,
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${area} has ended with ${code}`);
}

async function inNamespace(area, row) {
  const space = `mcpo-bench-${process.pid}-${area}`;
  await run('ip', ['netns', 'add', space]);
  try {
    await run('ip', ['-n', space, 'link', 'set', 'lo', 'up']);
    await AREAS[area].prepare(space);
    console.log(`\n${area} (load ${loadavg()[0].toFixed(1)})`);
    await measure(area, row, space);
  } finally {
    for (const holder of holders.splice(0)) {
      const exit = once(holder, 'exit');
      holder.stdin.end();
      await exit;
    }
    await run('ip', ['netns', 'delete', space]);
  }
}

/** Each an area, or one row of it behind a colon. */
const wanted = process.argv.slice(2).map((word) => {
  const [area, row = ''] = word.split(':');
  return { area, row };
});
const unknown = wanted.find(({ area }) => !Object.hasOwn(AREAS, area));
if (unknown !== undefined) {
  throw new Error(`There is no ${unknown.area}: ${Object.keys(AREAS).join(', ')}`);
}
const everything = Object.keys(AREAS).map((area) => ({ area, row: '' }));
try {
  for (const { area, row } of wanted.length === 0 ? everything : wanted) await inNamespace(area, row);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
