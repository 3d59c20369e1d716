#!/usr/bin/env node
import { tooOldNode } from './core/node-version.js';
import { PRODUCT } from './core/product.js';

/** sysexits.h, EX_CONFIG: starting again mends nothing. */
const EX_CONFIG = 78;

// Before anything else is loaded, which would complain in words of its own.
const problem = tooOldNode(process.version, PRODUCT.node);
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exit(EX_CONFIG);
}
const { start } = await import('./app.start.js');
await start(process.argv.slice(2));
