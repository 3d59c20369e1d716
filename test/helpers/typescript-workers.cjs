// Workers of src/ are TypeScript here: `new Worker('.../x.worker.js')` runs x.worker.ts, lowered as Jest lowers the rest.
const { existsSync, readFileSync } = require('node:fs');
const { fileURLToPath } = require('node:url');
const threads = require('node:worker_threads');

const BOOT = `(${boot.toString()})(require('node:worker_threads').workerData)`;

function boot({ hook, file, data }) {
  require('node:worker_threads').workerData = data;
  require(hook).lowerTypeScript();
  require(file);
}

/** In the worker: what ends in .ts is lowered, and an import of .js finds it. */
exports.lowerTypeScript = () => {
  const Module = require('node:module');
  const { transformSync } = require('@swc/core');
  const jsc = {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  };
  Module._extensions['.ts'] = (module, filename) => {
    const source = readFileSync(filename, 'utf8');
    const { code } = transformSync(source, { filename, jsc, module: { type: 'commonjs' } });
    module._compile(code, filename);
  };
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, parent, ...rest) {
    const isOurs = request.startsWith('.') && parent?.filename?.endsWith('.ts');
    return resolve.call(this, isOurs ? request.replace(/\.js$/, '.ts') : request, parent, ...rest);
  };
};

if (threads.isMainThread && !threads.Worker.isForTypeScript) {
  const { Worker } = threads;
  threads.Worker = class extends Worker {
    static isForTypeScript = true;

    constructor(file, options = {}) {
      super(...lowered(file, options));
    }
  };
}

function lowered(file, options) {
  const source = file instanceof URL ? fileURLToPath(file).replace(/\.js$/, '.ts') : '';
  if (!source.endsWith('.ts') || !existsSync(source)) return [file, options];
  const workerData = { hook: __filename, file: source, data: options.workerData };
  return [BOOT, { ...options, eval: true, workerData }];
}
