// Lets Node run the fixtures, which are TypeScript with decorators (type stripping cannot do those), inside the product
// as it was built: a fixture's import of ../../../src/x.js leads to dist/x.js. So nothing is compiled into a directory
// of its own, and what the suite meets is the very code that is shipped.
//
//   node --import ./test/conformance/typescript.mjs test/conformance/server.ts
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformFileSync } from '@swc/core';

const ROOT = new URL('../../', import.meta.url).href;
const [SRC, DIST, TEST] = ['src/', 'dist/', 'test/'].map((folder) => ROOT + folder);

/** As in tsconfig.json. */
const OPTIONS = {
  swcrc: false,
  sourceMaps: 'inline',
  module: { type: 'es6' },
  jsc: {
    target: 'es2023',
    keepClassNames: true,
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
};

function locate(url) {
  if (url.startsWith(SRC)) return DIST + url.slice(SRC.length);
  return url.startsWith(TEST) ? url.replace(/\.js$/, '.ts') : url;
}

registerHooks({
  resolve(specifier, context, next) {
    const isOurs = specifier.startsWith('.') && context.parentURL?.startsWith(TEST);
    return next(isOurs ? locate(new URL(specifier, context.parentURL).href) : specifier, context);
  },
  load(url, context, next) {
    if (!url.startsWith(TEST) || !url.endsWith('.ts')) return next(url, context);
    const { code } = transformFileSync(fileURLToPath(url), OPTIONS);
    return { format: 'module', source: code, shortCircuit: true };
  },
});
