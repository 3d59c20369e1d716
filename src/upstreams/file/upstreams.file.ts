import { basename, dirname, join, resolve, sep } from 'node:path';
import { isObject } from '../../core/is-object.js';
import { cut } from '../../core/quote.js';
import { homeOf } from '../stdio/inherited-variables.js';
import { parseEntry } from './entry.parser.js';
import { type JsoncDocument, readJsonc } from './jsonc.reader.js';
import { latinName } from './latin-name.js';
import { BoundedRemarks, nameOf, type Remark, sentences, UpstreamsFileError } from './problems.js';
import { inputVariable, type Sources } from './references.js';
import { ReferredFiles } from './referred-files.js';
import type { UpstreamEntry } from './upstream.entry.js';

/** Entries of one file. */
export const MAX_UPSTREAMS = 500;
/** Warnings that are told one by one. */
export const MAX_WARNINGS = 50;
/** UTF-16 units of the name of an entry that cannot be used. */
const MAX_NAME = 100;
/** Where the entries are: in most programs, in VS Code, in Zed. */
const SECTIONS = ['mcpServers', 'servers', 'context_servers'] as const;
const QUIET: ReadonlySet<string> = new Set(['$schema', 'inputs']);
/** Directories of a workspace in which editors keep such a file. */
const OF_EDITORS: ReadonlySet<string> = new Set(['.vscode', '.cursor']);

/** An entry that cannot be used. The others can. */
export interface SetAside {
  readonly name: string;
  /** Sentences, each with its line. */
  readonly problems: readonly string[];
}

/** What a file says. */
export interface UpstreamsFile {
  /** The upstreams that are switched on, by name. */
  readonly entries: readonly UpstreamEntry[];
  /** The names of those that are switched off. */
  readonly disabled: readonly string[];
  readonly setAside: readonly SetAside[];
  /** What is ignored: sentences, each with its line. */
  readonly warnings: readonly string[];
  /** Files that entries refer to, and how they looked before they were read. */
  readonly files: ReferredFiles['all'];
}

export interface UpstreamsFileOptions {
  /** Absolute path of the file. */
  readonly path: string;
  /** Looks up what `${NAME}` refers to. */
  readonly variable: (name: string) => string | undefined;
}

/**
 * Reads the text of MCP_SERVERS_FILE. What is wrong with an entry costs that entry.
 *
 * @throws UpstreamsFileError for what has no entries to look at: it lists everything that is wrong with the file itself
 */
export function parseUpstreamsFile(text: string, options: UpstreamsFileOptions): UpstreamsFile {
  const document = readJsonc(text);
  const [section, servers] = sectionOf(document);
  const { lineOf } = document;
  const warnings = new BoundedRemarks(MAX_WARNINGS);
  aboutTheFile(document, section, warnings);
  const files = new ReferredFiles();
  const disabled: string[] = [];
  const setAside: SetAside[] = [];
  const entries: UpstreamEntry[] = [];
  const sources = sourcesOf(document, options, files);
  const taken = new Taken();

  for (const [name, raw] of Object.entries(servers)) {
    const refuse = (problems: readonly Remark[]): void =>
      void setAside.push({ name: cut(name, MAX_NAME), problems: sentences(problems) });
    const parsed = parseEntry(name, raw, {
      sources,
      directory: sources.places['workspaceFolder']!,
      lineOf: (path) => lineOf([section, name, ...path]),
      warnings,
      files,
    });
    if (parsed.is === 'off') disabled.push(name);
    else if (parsed.is === 'set aside') refuse(parsed.problems);
    else {
      const likeness = taken.take(parsed.entry);
      if (likeness === undefined) entries.push(parsed.entry);
      else refuse([{ line: lineOf([section, name]), text: likeness }]);
    }
  }
  return {
    entries: entries.sort((a, b) => (a.name < b.name ? -1 : 1)),
    disabled,
    setAside,
    warnings: warnings.sentences,
    files: files.all,
  };
}

function sectionOf({ value: file, lineOf }: JsoncDocument): [string, Readonly<Record<string, unknown>>] {
  const refuse = (line: number, text: string): never => {
    throw new UpstreamsFileError([{ line, text }]);
  };
  if (!isObject(file)) return refuse(1, 'the file is not a JSON object');
  const present = SECTIONS.filter((name) => Object.hasOwn(file, name));
  const [section] = present;
  if (section === undefined || present.length > 1) {
    const found = present.length === 0 ? 'none' : present.join(' and ');
    return refuse(
      Math.max(1, ...present.map((name) => lineOf([name]))),
      `the file needs one of ${SECTIONS.join(', ')}, and has ${found}`,
    );
  }
  const servers = file[section];
  if (!isObject(servers)) return refuse(lineOf([section]), `${section} is not an object`);
  const count = Object.keys(servers).length;
  if (count > MAX_UPSTREAMS)
    return refuse(lineOf([section]), `${section} has ${count} entries: ${MAX_UPSTREAMS} are the most`);
  return [section, servers];
}

/** It may be the file of a program that keeps other settings in it as well. */
function aboutTheFile(
  { value, repeated, lineOf }: JsoncDocument,
  section: string,
  warnings: BoundedRemarks,
): void {
  for (const name of Object.keys(value as object)) {
    if (name === section || QUIET.has(name)) continue;
    warnings.add(() => ({
      line: lineOf([name]),
      text: `${nameOf([name])} is no member of the file: it is ignored`,
    }));
  }
  for (const path of repeated) {
    warnings.add(() => ({
      line: lineOf(path),
      text: `${nameOf(path)} is there more than once: this one counts`,
    }));
  }
}

function sourcesOf(
  { value }: JsoncDocument,
  { path, variable }: UpstreamsFileOptions,
  files: ReferredFiles,
): Sources {
  const inputs = (value as Readonly<Record<string, unknown>>)['inputs'];
  const definitions = Array.isArray(inputs) ? inputs.filter(isObject) : [];
  const defaults = new Map(definitions.map((input) => [input['id'], input['default']]));
  const directory = dirname(path);
  const workspaceFolder = OF_EDITORS.has(basename(directory)) ? dirname(directory) : directory;
  const home = homeOf(variable);
  return {
    variable,
    input: (id) => {
      const standard = defaults.get(id);
      return variable(inputVariable(id)) ?? (typeof standard === 'string' ? standard : undefined);
    },
    file: (named) => {
      const atHome = home !== undefined && /^~[/\\]/.test(named);
      return files.read(atHome ? join(home, named.slice(2)) : resolve(workspaceFolder, named));
    },
    places: {
      workspaceFolder,
      workspaceFolderBasename: basename(workspaceFolder),
      ...(home !== undefined && { userHome: home }),
      pathSeparator: sep,
      '/': sep,
    },
  };
}

/** Names that are taken, by the entries that stand further up. */
class Taken {
  private readonly names = new Map<string, string>();

  /** Takes what an entry needs for itself; answers why it could not be told apart from one before it. */
  take({ name, prefix }: UpstreamEntry): string | undefined {
    const wanted = [`prefix "${prefix}"`, `URI scheme "${schemeFor(name)}"`];
    for (const what of wanted) {
      const other = this.names.get(what);
      if (other !== undefined) return `${nameOf([other])} and ${nameOf([name])} have the same ${what}`;
    }
    for (const what of wanted) this.names.set(what, name);
    return undefined;
  }
}

/** The scheme that the URIs of an upstream's resources get in front: RFC 3986, 3.1, without the `+` that ends it. */
export const schemeFor = (name: string): string =>
  latinName(name)
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, '-')
    .replace(/^[^a-z]+/, '');
