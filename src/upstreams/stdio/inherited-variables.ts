import { homedir } from 'node:os';

/**
 * What a child gets of our environment: who and where it is, and where `npx`, `uvx` and `docker` look for their things.
 * Names one by one, never by a prefix: `npm_config_*` may hold a token, and a proxy's URL a password.
 */
export const INHERITED = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'XDG_CACHE_HOME',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
  'XDG_RUNTIME_DIR',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
  'npm_config_cache',
  'UV_CACHE_DIR',
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_CONFIG',
  'DOCKER_CERT_PATH',
  'DOCKER_TLS_VERIFY',
] as const;

/** Those that are set. A service may run without HOME: the user has a home all the same. */
export function inheritedVariables(
  variable: (name: string) => string | undefined,
): Readonly<Record<string, string>> {
  const set = INHERITED.map((name) => [name, variable(name)] as const);
  const found = set.filter((pair): pair is readonly [(typeof INHERITED)[number], string] => isPlain(pair[1]));
  const home = homeOf(variable);
  return { ...(home !== undefined && { HOME: home }), ...Object.fromEntries(found) };
}

/** The home of the user; a user of a container may be in no list of users, and have none. */
export function homeOf(variable: (name: string) => string | undefined): string | undefined {
  const set = variable('HOME');
  if (set !== undefined) return set;
  try {
    return homedir();
  } catch {
    return undefined;
  }
}

/** bash takes a value that begins like this for a function. */
const isPlain = (value: string | undefined): boolean => value !== undefined && !value.startsWith('()');
