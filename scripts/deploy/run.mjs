// npm run test:deploy [area...]: the deployment files, tried on the real thing. One line per check; the first that does
// not hold ends the run with exit code 1. An area is a module with `name`, `packages` (program -> Debian package) and
// `verify(context)`; a new one goes into AREAS.
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Checks, CheckFailed } from './checks.mjs';
import { installPackages } from './programs.mjs';
import * as compose from './compose.area.mjs';
import * as docker from './docker.area.mjs';
import * as kubernetes from './kubernetes.area.mjs';
import * as systemd from './systemd.area.mjs';
import * as zeroLoss from './zero-loss.area.mjs';

const AREAS = [docker, compose, kubernetes, systemd, zeroLoss];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !AREAS.some((area) => area.name === name));
if (unknown.length > 0) {
  console.error(
    `No such area: ${unknown.join(', ')}. There are: ${AREAS.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(64);
}
if (process.getuid?.() !== 0 || process.platform !== 'linux') {
  console.error('The deployment checks need Linux and root: they run containers, namespaces and services.');
  process.exit(69);
}

const areas = AREAS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
// What is expensive to make again (root file systems, image layers) is kept between runs.
const cache = join(tmpdir(), 'mcpo-test-deploy');
const work = join(tmpdir(), `mcpo-test-deploy-${process.pid}`);
await mkdir(cache, { recursive: true });
await mkdir(work, { recursive: true });
installPackages(Object.assign({}, ...areas.map((area) => area.packages)));

let failed = false;
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort());
for (const area of areas) {
  const checks = new Checks(area.name, interrupted.signal);
  try {
    await area.verify({ check: checks.check, onEnd: checks.onEnd, skip: checks.skip, cache, work });
  } catch (error) {
    failed = true;
    if (!(error instanceof CheckFailed)) console.error(error);
  }
  await checks.end();
  if (failed) break;
}
await rm(work, { recursive: true, force: true });
console.log(failed ? 'The deployment does not hold.' : 'The deployment holds.');
process.exit(failed ? 1 : 0);
