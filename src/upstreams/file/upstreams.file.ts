import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { isObject } from '../../core/is-object.js';
import { resolveReferences } from './environment-references.js';
import {
  httpEntry,
  openApiEntry,
  stdioEntry,
  type UpstreamEntry,
  type UpstreamKind,
} from './upstream.entry.js';

/** Thrown for a file that cannot be used. The message lists every problem. */
export class UpstreamsFileError extends Error {
  override readonly name = 'UpstreamsFileError';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('; '));
  }
}

/** Members of the file itself. `servers` is what VS Code calls them. */
const SERVERS = ['mcpServers', 'servers'] as const;
const IGNORED: ReadonlySet<string> = new Set(['$schema', 'inputs']);

const SCHEMAS = { stdio: stdioEntry, http: httpEntry, openapi: openApiEntry } as const;
/** The member by which the kind of an entry is known. */
const TELLING = { command: 'stdio', url: 'http', openapi: 'openapi' } as const;

/**
 * Reads the text of MCP_SERVERS_FILE into the upstreams that are switched on, ordered by name.
 *
 * @param variable looks up what `${NAME}` refers to
 * @throws UpstreamsFileError that lists everything that is wrong with it
 */
export function parseUpstreamsFile(
  text: string,
  variable: (name: string) => string | undefined,
): UpstreamEntry[] {
  const problems: string[] = [];
  const entries = Object.entries(serversIn(text, problems)).flatMap(([name, raw]) => {
    const { value, problems: unresolved } = resolveReferences(raw, variable, name);
    // A switched-off entry may refer to what is not there.
    if (isObject(raw) && raw['disabled'] === true) return [];
    problems.push(...unresolved);
    const entry = parseEntry(name, value, problems);
    return entry === undefined ? [] : [entry];
  });
  problems.push(...alike(entries));
  if (problems.length > 0) throw new UpstreamsFileError(problems);
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function serversIn(text: string, problems: string[]): Readonly<Record<string, unknown>> {
  const file = parseJson(text);
  if (!isObject(file)) throw new UpstreamsFileError(['the file is not a JSON object']);
  const present = SERVERS.filter((key) => key in file);
  if (present.length !== 1) {
    throw new UpstreamsFileError([
      `the file needs one member ${SERVERS.join(' or ')}, and has ${present.length}`,
    ]);
  }
  const others = Object.keys(file).filter((key) => key !== present[0] && !IGNORED.has(key));
  problems.push(...others.map((key) => `${key} is no member of the file`));
  const servers = file[present[0]!];
  if (!isObject(servers)) throw new UpstreamsFileError([`${present[0]} is not an object`]);
  return servers;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // What V8 quotes of the text could be a secret: only the place is told.
    const at = /position \d+(?: \(line \d+ column \d+\))?/.exec((error as Error).message)?.[0];
    throw new UpstreamsFileError([`the file is not JSON${at === undefined ? '' : `: see ${at}`}`]);
  }
}

function parseEntry(name: string, value: unknown, problems: string[]): UpstreamEntry | undefined {
  const kind = kindOf(name, value, problems);
  if (kind === undefined) return undefined;
  const parsed = SCHEMAS[kind].safeParse(value);
  if (!parsed.success) {
    problems.push(...parsed.error.issues.flatMap((issue) => describeIssue(name, issue)));
    return undefined;
  }
  const { prefix = prefixFor(name), ...members } = parsed.data;
  if (!/[A-Za-z]/.test(name)) problems.push(`${name} has no letter in its name`);
  const entry = { ...members, name, prefix, kind };
  return { ...entry, digest: digestOf(entry) } as UpstreamEntry;
}

function kindOf(name: string, value: unknown, problems: string[]): UpstreamKind | undefined {
  if (!isObject(value)) {
    problems.push(`${name} is not an object`);
    return undefined;
  }
  const telling = Object.keys(TELLING).filter((key) => key in value) as (keyof typeof TELLING)[];
  if (telling.length === 1) return TELLING[telling[0]!];
  problems.push(
    `${name} needs one of ${Object.keys(TELLING).join(', ')}, and has ${telling.length === 0 ? 'none' : telling.join(', ')}`,
  );
  return undefined;
}

function describeIssue(name: string, issue: z.core.$ZodIssue): string[] {
  const at = [name, ...issue.path.map(String)].join('.');
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${at}.${key} is not known`);
  return [`${at}: ${issue.message}`];
}

const prefixFor = (name: string): string => name.replaceAll(/[^A-Za-z0-9_-]+/g, '_').slice(0, 32);

/** The scheme that the URIs of an upstream's resources get in front: RFC 3986, 3.1, without the `+` that ends it. */
export const schemeFor = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, '-')
    .replace(/^[^a-z]+/, '');

/** Upstreams that could not be told apart by their names. */
function alike(entries: readonly UpstreamEntry[]): string[] {
  const by = (what: string, of: (entry: UpstreamEntry) => string): string[] =>
    [...Map.groupBy(entries, of)]
      .filter(([, group]) => group.length > 1)
      .map(([key, group]) => `${group.map(({ name }) => name).join(' and ')} have the same ${what} "${key}"`);
  return [...by('prefix', ({ prefix }) => prefix), ...by('URI scheme', ({ name }) => schemeFor(name))];
}

/** Recognises a change of an entry, of a secret in it too, without keeping either. */
const digestOf = (entry: object): string => createHash('sha256').update(JSON.stringify(entry)).digest('hex');
