import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { isObject } from '../../core/is-object.js';
import { cut, quote } from '../../core/quote.js';
import { inheritedVariables } from '../stdio/inherited-variables.js';
import { CHAT_BREAKER } from '../../resilience/outbound.port.js';
import { latinName } from './latin-name.js';
import { translate, type Translated } from './dialects.js';
import { readEnvFile } from './env-file.reader.js';
import { type BoundedRemarks, nameOf, type Path, type Remark } from './problems.js';
import { resolveReferences, type Sources } from './references.js';
import type { ReferredFiles } from './referred-files.js';
import { isSecretName } from './secret-names.js';
import {
  httpEntry,
  openApiEntry,
  stdioEntry,
  type UpstreamEntry,
  type UpstreamKind,
} from './upstream.entry.js';

const SCHEMAS = { stdio: stdioEntry, http: httpEntry, openapi: openApiEntry } as const;
/** The member by which the kind of an entry is known, where no type tells it. */
const TELLING = { stdio: 'command', http: 'url', openapi: 'openapi' } as const satisfies Record<
  UpstreamKind,
  string
>;
const KINDS = Object.keys(TELLING) as UpstreamKind[];
/** Members of other programs that say nothing to a server: no warning is due for them. */
const QUIET: ReadonlySet<string> = new Set(['description', 'autoApprove', 'alwaysAllow', 'gallery']);
/** Problems of one entry that are told. */
export const MAX_ENTRY_PROBLEMS = 10;

/** What an entry is read with. */
export interface Surroundings {
  readonly sources: Sources;
  /** What relative paths of the file begin at. */
  readonly directory: string;
  /** The line of a member of the entry. */
  readonly lineOf: (path: Path) => number;
  /** What is ignored. */
  readonly warnings: BoundedRemarks;
  readonly files: ReferredFiles;
}

export type ParsedEntry =
  | { readonly is: 'on'; readonly entry: UpstreamEntry }
  | { readonly is: 'off' }
  | { readonly is: 'set aside'; readonly problems: readonly Remark[] };

/** Reads one entry. Nothing of another entry has a say in it. */
export function parseEntry(name: string, raw: unknown, surroundings: Surroundings): ParsedEntry {
  return new EntryParser(name, surroundings).parse(raw);
}

class EntryParser {
  private readonly problems: Remark[] = [];
  private readonly unresolved: Path[] = [];
  private translated: Translated | undefined;

  constructor(
    private readonly name: string,
    private readonly surroundings: Surroundings,
  ) {}

  parse(raw: unknown): ParsedEntry {
    if (!isObject(raw)) return this.setAside([], 'is not an object');
    const translated = translate(raw);
    this.translated = translated;
    // A switched-off entry may refer to what is not there.
    if (translated.isOff) return { is: 'off' };
    for (const member of translated.unclear) this.problem([member], ' is neither true nor false');
    if (!/[A-Za-z]/.test(latinName(this.name))) this.problem([], ' has no letter in its name');
    // Breakers are told apart by their names, everywhere.
    if (this.name === CHAT_BREAKER)
      this.problem(
        [],
        ' is the name of the circuit breaker of /chat: call it another, with "prefix": "chat" for its tools',
      );
    const kind = this.kindOf(translated.members);
    const entry = kind && this.entryOf(kind, this.known(kind, translated.members));
    if (entry === undefined || this.problems.length > 0) {
      return { is: 'set aside', problems: this.problems.slice(0, MAX_ENTRY_PROBLEMS) };
    }
    return { is: 'on', entry };
  }

  private kindOf({ type, ...members }: Translated['members']): UpstreamKind | undefined {
    const present = KINDS.filter((kind) => Object.hasOwn(members, TELLING[kind]));
    if (typeof type === 'string') return this.kindOfType(type, present);
    if (type !== undefined) this.problem(['type'], ' is no text');
    else if (present.length !== 1) {
      const found = present.length === 0 ? 'none' : present.map((kind) => TELLING[kind]).join(', ');
      this.problem([], ` needs one of ${Object.values(TELLING).join(', ')}, and has ${found}`);
    } else return present[0];
    return undefined;
  }

  private kindOfType(type: string, present: readonly UpstreamKind[]): UpstreamKind | undefined {
    const kind = KINDS.find((one) => SCHEMAS[one].shape.type.safeParse(type).success);
    if (kind === undefined)
      this.problem(['type'], ` is ${quote(type)}: it is one of stdio, http, sse, openapi`);
    else if (present.includes(kind)) return kind;
    else this.problem(['type'], ` is ${quote(type)}, and there is no ${TELLING[kind]}`);
    return undefined;
  }

  /** What the schema knows; of the rest it is said that it is ignored. */
  private known(kind: UpstreamKind, members: Translated['members']): Record<string, unknown> {
    const { shape } = SCHEMAS[kind];
    const isKnown = (member: string): boolean => Object.hasOwn(shape, member);
    for (const member of Object.keys(members)) {
      if (isKnown(member) || QUIET.has(member)) continue;
      const hint = member === 'timeout' ? ', for programs do not agree on its unit: write timeoutMs' : '';
      const rest = ` is no member of an entry with ${TELLING[kind]}: it is ignored${hint}`;
      this.surroundings.warnings.add(() => this.remark([member], rest));
    }
    return Object.fromEntries(Object.entries(members).filter(([member]) => isKnown(member)));
  }

  private entryOf(kind: UpstreamKind, members: Record<string, unknown>): UpstreamEntry | undefined {
    const secrets = new Set<string>();
    const sources = noting(secrets, this.surroundings.sources);
    const fromFile = this.fromEnvFile(members, sources);
    const within = {
      ...sources,
      variable: (name: string) => noted(secrets, name, ownText(fromFile, name)) ?? sources.variable(name),
    };
    const env = this.resolved(members['env'], ['env'], within);
    // Programs like mcp-remote put their own variables into their arguments: here it is done for them.
    const own = (name: string): string | undefined =>
      noted(secrets, name, ownText(env, name)) ?? within.variable(name);
    const { env: _env, envFile: _envFile, ...rest } = members;
    const value = this.resolved(rest, [], { ...sources, variable: own });
    const parsed = SCHEMAS[kind].safeParse({ ...(value as object), ...(env !== undefined && { env }) });
    if (!parsed.success) {
      for (const issue of parsed.error.issues) this.tell(issue);
      return undefined;
    }
    const { name } = this;
    const { prefix = prefixFor(name), ...data } = parsed.data;
    const entry = { ...data, name, prefix, kind };
    const ownEnv = 'env' in data ? { ...fromFile, ...data.env } : {};
    // What this host gives to every child is no part of the entry: replicas tell entries apart by the digest.
    const digest = digestOf({ ...entry, ...(kind === 'stdio' && { env: ownEnv }) });
    const whole = { ...entry, digest, secrets: [...secrets] };
    if (kind !== 'stdio') return whole as UpstreamEntry;
    const all = Object.entries({ ...inheritedVariables(sources.variable), ...ownEnv });
    return {
      ...whole,
      env: Object.fromEntries(all.filter(([, text]) => text !== null)),
    } as UpstreamEntry;
  }

  private fromEnvFile(members: Record<string, unknown>, sources: Sources): Readonly<Record<string, string>> {
    const { envFile } = members;
    if (envFile === undefined) return {};
    if (typeof envFile !== 'string') {
      this.problem(['envFile'], ' is no text');
      return {};
    }
    const before = this.problems.length;
    const path = resolve(this.surroundings.directory, String(this.resolved(envFile, ['envFile'], sources)));
    if (this.problems.length > before) return {};
    try {
      return readEnvFile(path, this.surroundings.files);
    } catch (error) {
      this.problem(['envFile'], ` cannot be read: ${(error as Error).message}`);
      return {};
    }
  }

  private resolved(value: unknown, path: Path, sources: Sources): unknown {
    if (typeof value === 'string') {
      const { value: text, problems } = resolveReferences(value, sources);
      for (const problem of new Set(problems)) this.problem(path, ` ${problem}`);
      if (problems.length > 0) this.unresolved.push(path);
      return text;
    }
    if (Array.isArray(value))
      return value.map((item, index) => this.resolved(item, [...path, index], sources));
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, this.resolved(member, [...path, key], sources)]),
    );
  }

  private tell(issue: z.core.$ZodIssue): void {
    // Nobody is told of more, and each is held against all that could not be resolved.
    if (this.problems.length >= MAX_ENTRY_PROBLEMS) return;
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    // What could not be resolved has been told already.
    if (this.unresolved.some((other) => path.every((part, index) => part === other[index]))) return;
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) this.problem([...path, key], ' is not known');
      return;
    }
    const message =
      issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
    this.problem(path, `: ${message}`);
  }

  private problem(path: Path, rest: string): void {
    this.problems.push(this.remark(path, rest));
  }

  private setAside(path: Path, rest: string): ParsedEntry {
    return { is: 'set aside', problems: [this.remark(path, ` ${rest}`)] };
  }

  /** By the names that its author has written. */
  private remark([member, ...rest]: Path, text: string): Remark {
    const written = typeof member === 'string' ? (this.translated?.places.get(member) ?? [member]) : [];
    const path = [...written, ...rest];
    return {
      line: this.surroundings.lineOf(path),
      text: cut(`${nameOf([this.name, ...path])}${text}`, MAX_TEXT),
    };
  }
}

/** Takes down what a reference brings that may be secret: what it stands for may be a part of any value. */
const noting = (secrets: Set<string>, sources: Sources): Sources => ({
  ...sources,
  variable: (name) => noted(secrets, name, sources.variable(name)),
  input: (id) => noted(secrets, INPUTS, sources.input(id)),
  file: (path) => noted(secrets, INPUTS, sources.file(path).trim()),
});

/** Of an input and of a file nobody knows whether it is one. */
const INPUTS = 'secret';

function noted<T extends string | undefined>(secrets: Set<string>, name: string, value: T): T {
  if (value !== undefined && isSecretName(name)) secrets.add(value);
  return value;
}

/** What a member of an object is as a variable. */
function ownText(object: unknown, name: string): string | undefined {
  const value = isObject(object) && Object.hasOwn(object, name) ? object[name] : undefined;
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string'
    ? String(value)
    : undefined;
}

/** UTF-16 units of a sentence. */
const MAX_TEXT = 400;

const prefixFor = (name: string): string =>
  latinName(name)
    .replaceAll(/[^A-Za-z0-9_-]+/g, '_')
    .slice(0, 32);

/** Recognises a change of an entry, of a secret in it too, without keeping either. */
const digestOf = (entry: object): string => createHash('sha256').update(JSON.stringify(entry)).digest('hex');
