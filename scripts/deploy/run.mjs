// npm run test:deploy [area...]: the deployment files, tried on the real thing. One line per check; the first that does
// not hold ends the run with exit code 1, a signal with 130. An area is a module with `name`, `packages` (program ->
// Debian package) and `verify(context)`; a new one goes into AREAS.
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPackages } from './programs.mjs';
import { runAreas } from './run-areas.mjs';
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

const WORDS = { 0: 'The deployment holds.', 1: 'The deployment does not hold.' };
let code = 1;
try {
  code = await runAreas(areas, { cache, work });
} finally {
  await rm(work, { recursive: true, force: true });
}
console.log(WORDS[code] ?? 'Interrupted; what was started has been ended.');
process.exit(code);
