// npm run build: compiles into a folder of its own and moves what has changed into dist/, file by file. There is no moment
// without a build, and what runs from the former one keeps the files that it has opened. The entry can be executed.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
// On the same file system, so that a file is moved in one step, and as deep as dist/, for the paths in source maps.
const fresh = mkdtempSync(join(root, '.build-'));
const config = `${fresh}.json`;

const filesIn = (directory) =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(directory.length + 1));

function isSame(file) {
  try {
    return readFileSync(join(fresh, file)).equals(readFileSync(join(dist, file)));
  } catch {
    return false;
  }
}

function build() {
  writeFileSync(
    config,
    JSON.stringify({ extends: join(root, 'tsconfig.build.json'), compilerOptions: { outDir: fresh } }),
  );
  const nest = join(root, 'node_modules/@nestjs/cli/bin/nest.js');
  const { status } = spawnSync(process.execPath, [nest, 'build', '--path', relative(root, config)], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) return status ?? 1;
  const files = filesIn(fresh);
  for (const file of files.filter((one) => !isSame(one))) {
    mkdirSync(dirname(join(dist, file)), { recursive: true });
    renameSync(join(fresh, file), join(dist, file));
  }
  const known = new Set(files);
  for (const file of filesIn(dist)) if (!known.has(file)) rmSync(join(dist, file));
  chmodSync(join(dist, 'main.js'), 0o755);
  return 0;
}

try {
  process.exitCode = build();
} finally {
  for (const path of [fresh, config]) rmSync(path, { recursive: true, force: true });
}
