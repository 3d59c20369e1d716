// npm run start:dev: the Nest CLI in watch mode, which ends its server at SIGINT and SIGTERM, and here also when a terminal
// hangs up and when npm, which is its parent and passes no SIGHUP on, is gone.
const LOOK_EVERY_MS = 500;

const end = () => process.kill(process.pid, 'SIGTERM');
const parent = process.ppid;

process.on('SIGHUP', end);
setInterval(() => {
  if (process.ppid !== parent) end();
}, LOOK_EVERY_MS).unref();

process.argv.splice(2, Infinity, 'start', '--watch', '--watchAssets', '--no-shell', ...process.argv.slice(2));
await import('@nestjs/cli/bin/nest.js');
