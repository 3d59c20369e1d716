import type { OpenApiUpstream } from '../file/upstream.entry.js';
import { UpstreamError } from '../upstream.error.js';
import type { OpenApiDocument, SecurityRequirement, SecuritySchemeObject } from './document.types.js';
import { follow } from './references.js';

/** Where a credential goes, ready to be sent. */
interface Placed {
  readonly place: 'header' | 'query' | 'cookie';
  readonly name: string;
  readonly value: string;
}

export type Credentials = ReadonlyMap<string, Placed>;

type Auth = OpenApiUpstream['auth'];
type Credential = Auth[string];

/**
 * The credentials of an entry, each where the document's security scheme of its name wants it.
 *
 * @throws UpstreamError when there is no such scheme, or it takes another kind of credential.
 */
export function placeCredentials(document: OpenApiDocument, auth: Auth): Credentials {
  const schemes = (document.components?.['securitySchemes'] ?? {}) as Readonly<Record<string, unknown>>;
  return new Map(
    Object.entries(auth).map(([name, credential]) => {
      if (!Object.hasOwn(schemes, name)) {
        const known = Object.keys(schemes).join(', ') || 'none';
        throw unusable(`auth names the security scheme ${name}, and the document has: ${known}`);
      }
      return [name, place(name, follow(document, schemes[name]), credential)];
    }),
  );
}

function place(name: string, scheme: SecuritySchemeObject, credential: Credential): Placed {
  const kind = scheme.type === 'http' ? `http ${scheme.scheme?.toLowerCase()}` : String(scheme.type);
  switch (kind) {
    case 'apiKey':
      if ('apiKey' in credential && isPlace(scheme.in) && typeof scheme.name === 'string') {
        return { place: scheme.in, name: scheme.name, value: credential.apiKey };
      }
      throw unusable(`the security scheme ${name} takes an apiKey`);
    case 'http basic':
      if ('username' in credential) {
        const pair = Buffer.from(`${credential.username}:${credential.password}`, 'utf8').toString('base64');
        return { place: 'header', name: 'authorization', value: `Basic ${pair}` };
      }
      throw unusable(`the security scheme ${name} takes a username and a password`);
    case 'http bearer':
    case 'oauth2':
    case 'openIdConnect':
      if ('bearer' in credential)
        return { place: 'header', name: 'authorization', value: `Bearer ${credential.bearer}` };
      throw unusable(`the security scheme ${name} takes a bearer token`);
    default:
      throw unusable(`the security scheme ${name} (${kind}) is not supported`);
  }
}

const isPlace = (text: string | undefined): text is Placed['place'] =>
  text === 'header' || text === 'query' || text === 'cookie';

const unusable = (message: string): UpstreamError => new UpstreamError('malformed', message);

/** What goes along with an operation: the first alternative that can be met, or nothing. */
export function credentialsFor(security: readonly SecurityRequirement[], credentials: Credentials): Placed[] {
  const met = security.find((requirement) => Object.keys(requirement).every((name) => credentials.has(name)));
  return Object.keys(met ?? {}).flatMap((name) => credentials.get(name) ?? []);
}
