#!/usr/bin/env node
import { tooOldNode } from './core/node-version.js';
import { PRODUCT } from './core/product.js';
import { leaveThreadsTheirLimits } from './core/thread-limits.js';

/** sysexits.h, EX_CONFIG: starting again mends nothing. */
const EX_CONFIG = 78;

// Before anything else is loaded, which would complain in words of its own.
const problem = tooOldNode(process.version, PRODUCT.node);
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exit(EX_CONFIG);
}
leaveThreadsTheirLimits();
await import('reflect-metadata');
const args = process.argv.slice(2);
const { runCommand } = await import('./cli/run-command.js');
// The server takes a second to load, of which a command needs nothing.
if (!(await runCommand(args))) await (await import('./app.start.js')).start(args);
