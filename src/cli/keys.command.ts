import { ConfigurationError, keysFileOf } from '../config/configuration.loader.js';
import { apiKeyFingerprint } from '../core/api-key-digest.js';
import type { CommandOutput } from './command.js';
import { KeysCommandError, list, mint, type MintedKey, revoke, rotate } from './keys/keys.commands.js';
import {
  COMMON,
  membersFrom,
  MINT,
  nameFrom,
  parse,
  ROTATE,
  timeFrom,
  UsageError,
} from './keys/keys.options.js';
import { keysTable } from './keys/keys.table.js';
import { KeysFileEditor, KeysFileLockedError } from './keys/keys-file.editor.js';

/** sysexits.h */
const EX_OK = 0;
const EX_USAGE = 64;
const EX_DATAERR = 65;
const EX_CANTCREAT = 73;
const EX_TEMPFAIL = 75;
const EX_CONFIG = 78;

export const KEYS_USAGE = `Usage: mcpo-mcp-server keys <command> [options]

  keys mint --name <name>     make a key and print it, once
  keys list                   show the keys, without their digests
  keys revoke <name>          take a key out
  keys rotate <name>          put a new key in the place of one, and print it, once

Every command:
  --file <path>               the keys file (default: MCP_API_KEYS_FILE)
  --json                      print JSON

keys mint:
  --name <name>               who will use the key
  --scope <scope>             tools:call, tools:call:<pattern>, chat, admin, network:host or network:http-write; repeatable
                              (default: tools:call and chat)
  --allow <pattern>           a tool that it may call, such as network_*; repeatable (default: every tool)
  --deny <pattern>            a tool that it may not call; repeatable
  --limit <requests>          a rate limit of its own, within --window
  --window <time>             such as 1m or 15m (default: 15m)
  --expires <time>            such as 90d, 2027-01-31 or 2027-01-31T12:00:00Z
  --address <network>         where it may come from, such as 10.0.0.0/8; repeatable

keys rotate:
  --grace <time>              how long the former key goes on opening, such as 24h (default: not at all)
  --expires <time>            when the new key expires (default: when the former one would have)

A server that has the file open takes up a change within a second.
`;

/**
 * Runs `keys ...` and answers the exit code. A key goes to `out` and everything about it to `notes`, so that a script
 * can catch it.
 */
export async function keysCommand(args: readonly string[], output: CommandOutput): Promise<number> {
  const [command = '', ...rest] = args;
  try {
    if (command === '--help' || rest.includes('--help')) {
      output.out(KEYS_USAGE);
      return EX_OK;
    }
    await run(command, rest, output);
    return EX_OK;
  } catch (error) {
    output.notes(`${explain(error as Error)}\n`);
    return exitCodeOf(error as Error);
  }
}

async function run(command: string, args: string[], output: CommandOutput): Promise<void> {
  switch (command) {
    case 'mint':
      return runMint(args, output);
    case 'list':
      return runList(args, output);
    case 'revoke':
      return runRevoke(args, output);
    case 'rotate':
      return runRotate(args, output);
    default:
      throw new UsageError(command === '' ? 'Which command?' : `There is no command "keys ${command}"`);
  }
}

async function runMint(args: string[], output: CommandOutput): Promise<void> {
  const { values } = parse(args, MINT);
  const now = new Date();
  const members = membersFrom(values, now);
  const editor = editorFor(values.file);
  printKey(await editor.change((file) => mint(file, members, now), true), values.json, output);
}

async function runRotate(args: string[], output: CommandOutput): Promise<void> {
  const { values, positionals } = parse(args, ROTATE, true);
  const now = new Date();
  const graceEnds = timeFrom('--grace', values.grace, now);
  const expires = timeFrom('--expires', values.expires, now)?.toISOString();
  const change = { ...(graceEnds && { graceEnds }), ...(expires !== undefined && { expires }) };
  const name = nameFrom(positionals);
  const minted = await editorFor(values.file).change((file) => rotate(file, name, change, now));
  printKey(minted, values.json, output);
}

async function runRevoke(args: string[], output: CommandOutput): Promise<void> {
  const { values, positionals } = parse(args, COMMON, true);
  const name = nameFrom(positionals);
  const { digest } = await editorFor(values.file).change((file) => revoke(file, name));
  const fingerprint = apiKeyFingerprint(digest);
  if (values.json === true) output.out(`${JSON.stringify({ name, fingerprint })}\n`);
  else output.notes(`The key "${name}" (${fingerprint}) opens nothing any more.\n`);
}

async function runList(args: string[], output: CommandOutput): Promise<void> {
  const { values } = parse(args, COMMON);
  const keys = list(editorFor(values.file).read(), new Date());
  output.out(values.json === true ? `${JSON.stringify(keys, undefined, 2)}\n` : keysTable(keys));
}

function printKey(
  { key, entry }: MintedKey,
  isJson: boolean | undefined,
  { out, notes }: CommandOutput,
): void {
  const fingerprint = apiKeyFingerprint(entry.digest);
  if (isJson === true) {
    const { digest: _digest, previous: _previous, ...shown } = entry;
    out(`${JSON.stringify({ key, fingerprint, ...shown }, undefined, 2)}\n`);
    return;
  }
  const end = entry.expires === undefined ? 'does not expire' : `expires ${entry.expires}`;
  notes(`The key "${entry.name}" (${fingerprint}) ${end}. It is shown this once:\n`);
  out(`${key}\n`);
}

function editorFor(file: string | undefined): KeysFileEditor {
  const path = file ?? keysFileOf();
  if (path === undefined) throw new UsageError('Which file? Give --file, or set MCP_API_KEYS_FILE');
  return new KeysFileEditor(path);
}

const codeOf = (error: Error): string | undefined => (error as NodeJS.ErrnoException).code;
const NOT_WRITABLE: ReadonlySet<string | undefined> = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOENT',
  'ENOSPC',
]);

function explain(error: Error): string {
  if (error instanceof UsageError) return `${error.message}\n\n${KEYS_USAGE}`;
  if (NOT_WRITABLE.has(codeOf(error))) {
    return `The keys file cannot be read or written: ${error.message}
Nothing has changed. Run the command as the owner of the file, in a directory that exists. A file that comes from a
Kubernetes ConfigMap or Secret is read-only: copy it, change the copy with --file, and apply it in the place of the old one.`;
  }
  return error.message;
}

function exitCodeOf(error: Error): number {
  if (error instanceof UsageError) return EX_USAGE;
  if (error instanceof KeysCommandError) return EX_DATAERR;
  if (error instanceof ConfigurationError) return EX_CONFIG;
  if (error instanceof KeysFileLockedError) return EX_TEMPFAIL;
  if (NOT_WRITABLE.has(codeOf(error))) return EX_CANTCREAT;
  throw error;
}
