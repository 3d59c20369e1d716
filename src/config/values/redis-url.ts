/** A place to connect to. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** Where Redis is, and how to get in. `nodes` are the server itself, the sentinels, or some nodes of the cluster. */
export interface RedisTarget {
  readonly kind: 'single' | 'sentinel' | 'cluster';
  readonly nodes: readonly RedisAddress[];
  readonly isTls: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly db: number;
  /** The name under which the sentinels know the master. */
  readonly masterName?: string;
  /** What the sentinels themselves ask for. */
  readonly sentinelPassword?: string;
}

const DEFAULT_PORTS: Readonly<Record<RedisTarget['kind'], number>> = {
  single: 6379,
  sentinel: 26_379,
  cluster: 6379,
};
const FORM =
  /^redis(?<tls>s?)(?:\+(?<kind>sentinel|cluster))?:\/\/(?<authority>[^/?#]+)(?:\/(?<path>[^?#]*))?(?:\?sentinelPassword=(?<sentinelPassword>[^&#]+))?$/i;

/**
 * Reads REDIS_URL. Answers `undefined` for what is none of these, `rediss` in place of `redis` meaning TLS:
 *
 * - `redis://[[user]:password@]host[:port][/db]`
 * - `redis+sentinel://[[user]:password@]sentinel[:port],.../master[/db][?sentinelPassword=...]`
 * - `redis+cluster://[[user]:password@]node[:port],...`
 */
export function parseRedisUrl(text: string): RedisTarget | undefined {
  const { tls, kind: prefix, authority = '', path = '', sentinelPassword } = FORM.exec(text)?.groups ?? {};
  const kind = (prefix?.toLowerCase() ?? 'single') as RedisTarget['kind'];
  const at = authority.lastIndexOf('@');
  const nodes = authority
    .slice(at + 1)
    .split(',')
    .map((node) => parseAddress(node, DEFAULT_PORTS[kind]));
  const credentials = parseCredentials(authority.slice(0, Math.max(at, 0)));
  const place = parsePath(kind, path.split('/'));
  const secret = decode(sentinelPassword ?? '');
  if (!nodes.every((node) => node !== undefined)) return undefined;
  if (credentials === undefined || place === undefined || secret === undefined) return undefined;
  if (kind === 'single' && nodes.length > 1) return undefined;
  if (kind !== 'sentinel' && secret !== '') return undefined;
  return {
    kind,
    nodes,
    isTls: tls !== '',
    ...credentials,
    ...place,
    ...(secret !== '' && { sentinelPassword: secret }),
  };
}

function parseAddress(text: string, defaultPort: number): RedisAddress | undefined {
  const [, v6, name, port] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const host = v6 ?? name;
  const number = port === undefined ? defaultPort : Number(port);
  return host === undefined || number < 1 || number > 65_535 ? undefined : { host, port: number };
}

/** `password`, `:password` or `user:password`, each percent-encoded (RFC 3986, 3.2.1). */
function parseCredentials(text: string): Pick<RedisTarget, 'username' | 'password'> | undefined {
  const colon = text.indexOf(':');
  const username = decode(text.slice(0, Math.max(colon, 0)));
  const password = decode(text.slice(colon + 1));
  if (username === undefined || password === undefined) return undefined;
  return { ...(username !== '' && { username }), ...(password !== '' && { password }) };
}

function parsePath(
  kind: RedisTarget['kind'],
  segments: string[],
): Pick<RedisTarget, 'db' | 'masterName'> | undefined {
  const masterName = kind === 'sentinel' ? decode(segments.shift() ?? '') : undefined;
  const [db = '', ...rest] = segments;
  // A cluster has one database alone.
  const isDb = kind === 'cluster' ? db === '' : /^\d{0,4}$/.test(db);
  if (rest.length > 0 || !isDb || (kind === 'sentinel' && !masterName)) return undefined;
  return { db: Number(db), ...(masterName !== undefined && { masterName }) };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
