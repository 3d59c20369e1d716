import type { UpstreamEntry } from '../file/upstream.entry.js';
import { isSecretName } from '../file/secret-names.js';
import { MAX_MESSAGE, UpstreamError } from '../upstream.error.js';

const HIDDEN = '***';
/** A shorter text is a word as any other. */
const MIN_SECRET = 6;
const MIN_TOKEN = 16;
/** Characters of a secret that tell something of it, where a reason ends in the middle of one. */
const MIN_PART = 4;
/** Ends what was cut, which may be quoted. */
const CUT = '...';

/** What goes to an upstream and must not come back in a reason: an upstream may repeat what it was given. */
export class KnownSecrets {
  private readonly values: readonly string[];

  constructor(entry: UpstreamEntry, forwardedHeaders: Readonly<Record<string, string>>) {
    const headers = entry.kind === 'stdio' ? [] : Object.values(entry.headers);
    const variables = entry.kind === 'stdio' ? [...secretsOf(entry.env), ...inArguments(entry.args)] : [];
    const url = entry.kind === 'http' ? inUrl(entry.url) : [];
    const { secrets = [] } = entry;
    const given = [...headers, ...Object.values(forwardedHeaders), ...variables, ...url, ...secrets];
    // Of `Bearer abc` the upstream may repeat the second word alone.
    const all = given.flatMap((value) => [value, ...value.split(' ').slice(1)]);
    const forms = new Set(all.filter(({ length }) => length >= MIN_SECRET).flatMap(formsOf));
    this.values = [...forms].sort((a, b) => b.length - a.length);
  }

  hide(text: string): string {
    const whole = this.values.reduce((rest, value) => rest.replaceAll(value, HIDDEN), text);
    const ending = text.length < MAX_MESSAGE ? whole : this.withoutPart(whole, whole.length);
    return this.withoutPart(ending, ending.lastIndexOf(CUT));
  }

  hideIn(error: UpstreamError): UpstreamError {
    const message = this.hide(error.message);
    return message === error.message ? error : new UpstreamError(error.kind, message, error.details);
  }

  /** Without the beginning of a secret that ends at a place, where the text was cut. */
  private withoutPart(text: string, end: number): string {
    if (end < MIN_PART) return text;
    const before = text.slice(0, end);
    let most = 0;
    for (const value of this.values) {
      for (let length = Math.min(value.length - 1, end); length > most && length >= MIN_PART; length -= 1) {
        if (before.endsWith(value.slice(0, length))) most = length;
      }
    }
    return most === 0 ? text : text.slice(0, end - most) + HIDDEN + text.slice(end);
  }
}

/** As it is, within a JSON string, and within an address. */
function formsOf(value: string): string[] {
  return [value, JSON.stringify(value).slice(1, -1), encoded(value)];
}

const secretsOf = (env: Readonly<Record<string, string>>): string[] =>
  Object.entries(env)
    .filter(([name]) => isSecretName(name))
    .map(([, value]) => value);

function inUrl(text: string): string[] {
  if (!URL.canParse(text)) return [];
  const { username, password, searchParams, pathname } = new URL(text);
  // A token may be a part of the path; a word of the usual length is none.
  const parts = pathname.split('/').filter(({ length }) => length >= MIN_TOKEN);
  return [...[username, password, ...parts].flatMap((one) => [one, decoded(one)]), ...searchParams.values()];
}

/**
 * `--api-key=abc`, `--api-key abc`, `-e API_KEY=abc`, `--header "Authorization: Bearer abc"`, and addresses with a
 * password in them.
 */
const inArguments = (args: readonly string[]): string[] =>
  args.flatMap((argument, index) => {
    const isOption = argument.startsWith('-');
    if (isOption && isSecretName(argument) && !argument.includes('='))
      return args.slice(index + 1, index + 2);
    return valuesIn(argument, 0);
  });

/** `NAME=value` or `Name: value`, of which the value may be of that form again. */
function valuesIn(text: string, depth: number): string[] {
  const at = text.search(/[=:]/);
  if (at === -1 || depth === MAX_PARTS) return [];
  const value = text.slice(at + 1).trim();
  const isSecret = isSecretName(text.slice(0, at)) && !value.startsWith('//');
  return [
    ...(isSecret ? [value] : []),
    ...(depth === 0 ? inUrl(text) : []),
    ...inUrl(value),
    ...valuesIn(value, depth + 1),
  ];
}

/** Parts of an argument. */
const MAX_PARTS = 3;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return text;
  }
}
