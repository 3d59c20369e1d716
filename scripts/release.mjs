// npm run release [-- --directory DIR]: what belongs on a server, with the Node that it runs on, as one archive (or as
// a directory). Unpacked, its install-mcpo-production.sh needs no network.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const FILES = [
  ...['package.json', 'LICENSE', 'README.md', 'CHANGELOG.md', 'install-mcpo-production.sh'],
  ...['dist', 'docs', 'deploy', 'scripts/preflight.mjs', 'scripts/preflight'],
];
/** Of no use at run time, and a third of it all. */
const USELESS = /\.(d\.[mc]?ts|map)$/;

const { values } = parseArgs({ options: { directory: { type: 'string' } } });
const { name, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** The directories of the packages that the server needs, without those of development. */
function productionModules() {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true)
    .map(([path]) => path)
    .filter((path) => existsSync(join(ROOT, path)));
}

function assemble(target) {
  mkdirSync(join(target, 'bin'), { recursive: true });
  for (const file of FILES) cpSync(join(ROOT, file), join(target, file), { recursive: true });
  for (const path of productionModules()) {
    const from = join(ROOT, path);
    // Packages inside of packages have entries of their own.
    const filter = (file) => !USELESS.test(file) && !file.slice(from.length).includes('/node_modules');
    cpSync(from, join(target, path), { recursive: true, filter });
  }
  cpSync(join(ROOT, 'node_modules/node/bin/node'), join(target, 'bin/node'));
  writeFileSync(join(target, 'RELEASE'), `${name} ${version}\n`);
}

if (values.directory !== undefined) {
  assemble(values.directory);
} else {
  const release = `${name}-${version}-${process.platform}-${process.arch}`;
  const work = join(tmpdir(), `${release}-${process.pid}`);
  try {
    assemble(join(work, release));
    execFileSync('tar', ['-C', work, '-czf', `${release}.tar.gz`, basename(release)]);
    console.log(`${release}.tar.gz`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
