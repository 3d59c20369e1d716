import type { UpstreamEntry } from '../file/upstream.entry.js';
import { UpstreamError } from '../upstream.error.js';

const HIDDEN = '***';
/** A shorter text is a word as any other. */
const MIN_SECRET = 6;
const SECRET_NAME = /auth|key|token|secret|passw|credential|cookie|dsn/i;

/** What goes to an upstream and must not come back in a reason: an upstream may repeat what it was given. */
export class KnownSecrets {
  private readonly values: readonly string[];

  constructor(entry: UpstreamEntry, forwardedHeaders: Readonly<Record<string, string>>) {
    const headers = entry.kind === 'stdio' ? [] : Object.values(entry.headers);
    const variables = entry.kind === 'stdio' ? secretsOf(entry.env) : [];
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
  const { username, password, searchParams } = new URL(entry.url);
  return [decodeURIComponent(username), decodeURIComponent(password), ...searchParams.values()];
}
