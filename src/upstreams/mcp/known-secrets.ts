import type { UpstreamEntry } from '../file/upstream.entry.js';
import { UpstreamError } from '../upstream.error.js';

const HIDDEN = '***';
/** A shorter text is a word as any other. */
const MIN_SECRET = 6;
const MIN_TOKEN = 16;
const SECRET_NAME = /auth|key|token|secret|pass|pwd|credential|cookie|dsn|_ur[il]$/i;

/** What goes to an upstream and must not come back in a reason: an upstream may repeat what it was given. */
export class KnownSecrets {
  private readonly values: readonly string[];

  constructor(entry: UpstreamEntry, forwardedHeaders: Readonly<Record<string, string>>) {
    const headers = entry.kind === 'stdio' ? [] : Object.values(entry.headers);
    const variables = entry.kind === 'stdio' ? [...secretsOf(entry.env), ...inArguments(entry.args)] : [];
    const given = [...headers, ...Object.values(forwardedHeaders), ...variables, ...inUrlOf(entry)];
    // Of `Bearer abc` the upstream may repeat the second word alone.
    const all = new Set(given.flatMap((value) => [value, ...value.split(' ').slice(1)]));
    this.values = [...all].filter(({ length }) => length >= MIN_SECRET).sort((a, b) => b.length - a.length);
  }

  hide(text: string): string {
    return this.values.reduce((rest, value) => rest.replaceAll(value, HIDDEN), text);
  }

  hideIn(error: UpstreamError): UpstreamError {
    const message = this.hide(error.message);
    return message === error.message ? error : new UpstreamError(error.kind, message, error.details);
  }
}

const secretsOf = (env: Readonly<Record<string, string>>): string[] =>
  Object.entries(env)
    .filter(([name]) => SECRET_NAME.test(name))
    .map(([, value]) => value);

function inUrlOf(entry: UpstreamEntry): string[] {
  if (entry.kind !== 'http') return [];
  const { username, password, searchParams, pathname } = new URL(entry.url);
  // A token may be a part of the path; a word of the usual length is none.
  const parts = pathname.split('/').filter(({ length }) => length >= MIN_TOKEN);
  return [
    ...[username, password, ...parts].flatMap((text) => [text, decoded(text)]),
    ...searchParams.values(),
  ];
}

/** `--api-key=abc` and `--api-key abc`. */
const inArguments = (args: readonly string[]): string[] =>
  args.flatMap((argument, index) => {
    const at = argument.indexOf('=');
    if (!SECRET_NAME.test(at === -1 ? argument : argument.slice(0, at)) || !argument.startsWith('-'))
      return [];
    return at === -1 ? args.slice(index + 1, index + 2) : [argument.slice(at + 1)];
  });

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
