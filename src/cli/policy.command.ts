import { parseArgs } from 'node:util';
import { z } from 'zod';
import { parse } from 'yaml';
import { ConfigurationError } from '../config/configuration.loader.js';
import { FileTooLarge, readBounded } from '../core/bounded-file.js';
import type { Principal } from '../core/principal.js';
import { isScope } from '../core/scopes.js';
import { BuiltInDenials } from '../policy/denials/built-in-denials.service.js';
import { HostFacts } from '../policy/denials/host-facts.service.js';
import { OwnEndpoints } from '../policy/denials/own-endpoints.service.js';
import { type Probe, ProbePolicy, type Verdict } from '../policy/probe-policy.service.js';
import { MAX_LENGTH, parsePolicyFile } from '../policy/rules/policy-file.js';
import type { CommandOutput } from './command.js';

/** sysexits.h, and 1 where a case fails. */
const EX_USAGE = 64;
const EX_DATAERR = 65;
const EX_NOINPUT = 66;
const FAILED = 1;
const MAX_CASES = 10_000;

const USAGE = `Usage: mcpo-mcp-server policy check FILE [CASES] [--strict]
       mcpo-mcp-server policy explain FILE --address ADDRESS [options] [--strict]

check reads a policy file, and holds it against a list of cases, YAML or JSON:

  - { tool: network_ping, address: 10.20.0.1, expect: deny, rule: payments }
  - { tool: network_tls_inspect, host: db.example.com, address: 10.30.0.1, port: 5432, key: ops, expect: allow }

explain says of one case which rule decides:

  --address ADDRESS   the address that would be contacted; no name is looked up
  --host NAME         the name that was asked for (default: the address)
  --tool NAME         (default: network_ping)
  --port PORT         (default: none, as for an echo request)
  --key NAME          the name of the key (default: cli)
  --scope SCOPE       a scope that it holds; repeatable (default: tools:call)

  --strict            as with PROBE_POLICY=strict
  --json              print JSON

Where the Redis, the upstreams and the chat server of a server are is not known here: "server-parts" holds nothing.

Exit codes: 0 all is as expected, 1 a case is not, or the probe of explain is denied, 64 wrong usage, 65 a file is not valid,
66 a file cannot be read.
`;

const scope = z.string().refine(isScope, 'is no scope');
const policyCase = z.strictObject({
  tool: z.string().min(1),
  address: z.string().min(1),
  host: z.string().min(1).optional(),
  port: z.int().min(0).max(65_535).optional(),
  transport: z.enum(['icmp', 'tcp', 'udp', 'none']).optional(),
  key: z.string().min(1).default('cli'),
  scopes: z.array(scope).default(['tools:call']),
  expect: z.enum(['allow', 'deny']),
  rule: z.string().optional(),
});
const cases = z.array(policyCase).max(MAX_CASES);

export type PolicyCase = z.infer<typeof policyCase>;

/** `mcpo-mcp-server policy ...`; answers the exit code. */
export function policyCommand(args: readonly string[], output: CommandOutput): Promise<number> {
  return run(args, output);
}

async function run(args: readonly string[], output: CommandOutput): Promise<number> {
  const [word, ...rest] = args;
  try {
    if (word === 'check') return await check(rest, output);
    if (word === 'explain') return await explain(rest, output);
    if (word === '--help') return say(output.out, USAGE, 0);
  } catch (error) {
    return refuse(error as NodeJS.ErrnoException, output);
  }
  return say(output.notes, USAGE, EX_USAGE);
}

async function check(args: readonly string[], output: CommandOutput): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { strict: { type: 'boolean' }, json: { type: 'boolean' } },
  });
  const [file, list, ...more] = positionals;
  if (file === undefined || more.length > 0) return say(output.notes, USAGE, EX_USAGE);
  const policy = policyOf(file, values.strict);
  const results: CaseResult[] = [];
  for (const [index, one] of (list === undefined ? [] : casesIn(list)).entries())
    results.push(await resultOf(one, policy, index));
  const failed = results.filter(({ passes }) => !passes);
  const text = values.json
    ? JSON.stringify({ cases: results.length, failed }, null, 2)
    : [
        ...failed.map(({ index, sentence }) => `FAILED  case ${index}: ${sentence}`),
        `${results.length - failed.length} of ${results.length} cases are as expected.`,
      ].join('\n');
  return say(output.out, `${text}\n`, failed.length === 0 ? 0 : FAILED);
}

async function explain(args: readonly string[], output: CommandOutput): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      address: { type: 'string' },
      host: { type: 'string' },
      tool: { type: 'string', default: 'network_ping' },
      port: { type: 'string' },
      key: { type: 'string' },
      scope: { type: 'string', multiple: true },
      strict: { type: 'boolean' },
      json: { type: 'boolean' },
    },
  });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0 || values.address === undefined)
    return say(output.notes, USAGE, EX_USAGE);
  const { address, host, tool, port, key, scope: scopes } = values;
  const parsed = policyCase.safeParse({
    ...{ address, host, tool, key, scopes, expect: 'allow' },
    ...(port !== undefined && { port: Number(port) }),
  });
  if (parsed.error)
    throw new CasesError(parsed.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`));
  const verdict = await policyOf(file, values.strict).decide(probeOf(parsed.data));
  const text = values.json
    ? JSON.stringify(verdict, null, 2)
    : `${wordFor(verdict)} by the rule "${verdict.rule}"`;
  return say(output.out, `${text}\n`, verdict.isAllowed ? 0 : FAILED);
}

class CasesError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

function policyOf(file: string, isStrict = false): ProbePolicy {
  const host = new HostFacts();
  const policy = new ProbePolicy(new BuiltInDenials(host, new OwnEndpoints(host)));
  policy.use(isStrict ? 'strict' : 'open', parsePolicyFile(textOf(file), file));
  return policy;
}

/** No more of a file than one may have, whatever it is. */
function textOf(file: string): string {
  try {
    return readBounded(file, 4 * MAX_LENGTH);
  } catch (error) {
    throw error instanceof FileTooLarge ? new CasesError([`${file}: ${error.message}`]) : error;
  }
}

function casesIn(file: string): readonly PolicyCase[] {
  const content: unknown = parse(textOf(file), { maxAliasCount: 0 });
  const { data, error } = cases.safeParse(content);
  if (data === undefined)
    throw new CasesError(
      error.issues.slice(0, 20).map(({ path, message }) => `${file}: case ${path.join('.')}: ${message}`),
    );
  return data;
}

function probeOf({ tool, address, host = address, port, transport, key, scopes }: PolicyCase): Probe {
  const principal: Principal = {
    id: `key:${key}`,
    kind: 'api-key',
    name: key,
    scopes: scopes.filter(isScope),
  };
  const by = transport ?? (port === undefined ? 'icmp' : 'tcp');
  return { tool, principal, host, address, transport: by, ...(port !== undefined && { port }) };
}

interface CaseResult {
  /** From 1. */
  readonly index: number;
  readonly passes: boolean;
  readonly sentence: string;
}

async function resultOf(one: PolicyCase, policy: ProbePolicy, at: number): Promise<CaseResult> {
  const verdict = await policy.decide(probeOf(one));
  const isExpected = verdict.isAllowed === (one.expect === 'allow');
  const passes = isExpected && (one.rule === undefined || one.rule === verdict.rule);
  const { tool, address, port } = one;
  const to = port === undefined ? address : `${address} port ${port}`;
  const wanted = one.rule === undefined ? one.expect : `${one.expect} by "${one.rule}"`;
  return {
    index: at + 1,
    passes,
    sentence: `${tool} to ${to} is ${wordFor(verdict)} by "${verdict.rule}", not ${wanted}`,
  };
}

const wordFor = ({ isAllowed }: Verdict): string => (isAllowed ? 'allowed' : 'denied');

function refuse(error: NodeJS.ErrnoException, output: CommandOutput): number {
  if (String(error.code).startsWith('ERR_PARSE_ARGS'))
    return say(output.notes, `${error.message}\n\n${USAGE}`, EX_USAGE);
  if (error instanceof ConfigurationError || error instanceof CasesError)
    return say(output.notes, `${error.problems.join('\n')}\n`, EX_DATAERR);
  if (error.syscall !== undefined) return say(output.notes, `${error.message}\n`, EX_NOINPUT);
  return say(output.notes, `${error.message}\n`, EX_DATAERR);
}

function say(write: (text: string) => void, text: string, code: number): number {
  write(text);
  return code;
}
