import { parseArgs } from 'node:util';
import type { CommandOutput } from './command.js';
import { readAuditKeys } from '../config/values/audit-keys.js';
import { MAX_KEYS_BYTES, readBounded } from '../core/bounded-file.js';
import { loadConfiguration } from '../config/configuration.loader.js';
import type { AuditCheckpoint } from '../audit/audit-checkpoints.port.js';
import { parsePseudonymKeys, pseudonymOf } from '../audit/record/pseudonyms.js';
import { type AuditReport, placeText } from '../audit/verify/audit-findings.js';
import { survey } from '../audit/verify/audit-file.reader.js';
import { verifyAudit } from '../audit/verify/audit.verifier.js';

/** Of sysexits.h: wrong usage, and an input that cannot be read. */
const EX_USAGE = 64;
const EX_NOINPUT = 66;
const FOUND = 1;

const USAGE = `Usage: mcpo-mcp-server audit verify FILE... [options]
       mcpo-mcp-server audit pseudonym VALUE --file FILE

verify checks the audit trail in the files: all that belong together, in any order, packed (.gz) or not.

  --key-file FILE     the keys, one a line; without it, AUDIT_KEY, AUDIT_KEY_FILE or the other secrets of the environment
  --checkpoint FILE   a log to read checkpoints from; may be given several times
  --redis             read the checkpoints in Redis, at REDIS_URL
  --json              print the report as JSON

pseudonym prints what stands in the trail for an address, or for the id of a principal, in each month.

Exit codes: 0 the trail is whole, 1 something was found, 64 wrong usage, 66 a file or Redis cannot be read.
`;

/** `mcpo-mcp-server audit ...`; answers the exit code. */
export async function auditCommand(args: readonly string[], output: CommandOutput): Promise<number> {
  const [word, ...rest] = args;
  try {
    if (word === 'verify') return await verify(rest, output);
    if (word === 'pseudonym') return pseudonym(rest, output);
    if (word === '--help') return say(output.out, USAGE, 0);
  } catch (error) {
    const isUsage = String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
    return say(
      output.notes,
      `${(error as Error).message}\n${isUsage ? `\n${USAGE}` : ''}`,
      isUsage ? EX_USAGE : EX_NOINPUT,
    );
  }
  return say(output.notes, USAGE, EX_USAGE);
}

async function verify(args: readonly string[], output: CommandOutput): Promise<number> {
  const { values, positionals: files } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      'key-file': { type: 'string' },
      checkpoint: { type: 'string', multiple: true, default: [] },
      redis: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  if (files.length === 0) return say(output.notes, USAGE, EX_USAGE);
  const keys = keysFrom(values['key-file']);
  const logged = await Promise.all(values.checkpoint.map((file) => survey(file, keys)));
  const checkpoints = [
    ...logged.flatMap((log) => log.checkpoints),
    ...(values.redis ? await checkpointsInRedis() : []),
  ];
  const report = await verifyAudit({ files, keys, checkpoints });
  const text = values.json ? `${JSON.stringify(report, null, 2)}\n` : textOf(report);
  return say(output.out, text, report.findings.length === 0 ? 0 : FOUND);
}

function pseudonym(args: readonly string[], output: CommandOutput): number {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { file: { type: 'string' } },
  });
  const [value] = positionals;
  const file = values.file ?? environment().audit.pseudonymFile;
  if (value === undefined || file === undefined) return say(output.notes, USAGE, EX_USAGE);
  const keys = parsePseudonymKeys(readBounded(file, MAX_KEYS_BYTES));
  return say(output.out, [...keys].map(([month, key]) => `${pseudonymOf(value, month, key)}\n`).join(''), 0);
}

/** Nothing is served: what production refuses does not matter here. */
const environment = () => loadConfiguration(undefined, { transport: 'stdio' });

function keysFrom(file: string | undefined): readonly string[] {
  if (file === undefined) return environment().audit.keys;
  const keys = readAuditKeys(file);
  if (keys === undefined)
    throw new Error(`${file} is no file of keys with 32 characters or more, one a line`);
  return keys;
}

/** Loaded when it is asked for: most verifications need no Redis. */
async function checkpointsInRedis(): Promise<readonly AuditCheckpoint[]> {
  const { readCheckpoints } = await import('./redis-checkpoints.reader.js');
  return readCheckpoints(environment());
}

function textOf({ files, chains, findings, notes }: AuditReport): string {
  const lines = [
    ...files.map((file) => `file   ${file}`),
    ...chains.map(({ chain, firstSeq, lastSeq, verified, checkpointSeq, afterCheckpoint }) => {
      const kept = checkpointSeq === undefined ? 'no checkpoint' : `last checkpoint at ${checkpointSeq}`;
      return `chain  ${chain}: records ${firstSeq} to ${lastSeq}, ${verified} genuine; ${kept}, ${afterCheckpoint} after it`;
    }),
    ...notes.map((note) => `note   ${note}`),
    ...findings.map(({ from, to, text }) => {
      const place =
        from === undefined ? '' : `${placeText(from)}${to === undefined ? '' : ` to ${placeText(to)}`}: `;
      return `FOUND  ${place}${text}`;
    }),
    findings.length === 0 ? 'The trail is whole.' : `${findings.length} found.`,
  ];
  return `${lines.join('\n')}\n`;
}

function say(write: (text: string) => void, text: string, code: number): number {
  write(text);
  return code;
}
