import type { OAuthConfiguration } from '../../config/oauth.configuration.js';
import { starsIn } from '../../core/glob.js';
import type { Scope } from '../../core/principal.js';
import { coversScope, isScope } from '../../core/scopes.js';

/** A token with more is not taken at its word for the rest. */
export const MAX_SCOPES = 200;
/** `*` in all scopes of a token, several in a row as one; a scope that goes beyond is left out. */
export const MAX_STARS = 50;

const SPECIAL: ReadonlySet<Scope> = new Set<Scope>(['admin', 'network:host', 'network:http-write']);
const isSpecial = (scope: Scope): boolean => SPECIAL.has(scope);

/** Between the scopes of the authorization server and ours. */
export class ScopeMap {
  private readonly byTheirs: ReadonlyMap<string, readonly Scope[]>;

  constructor(
    private readonly config: Pick<OAuthConfiguration, 'requiredScopes' | 'scopeMap'> = {
      requiredScopes: [],
      scopeMap: [],
    },
  ) {
    const groups = Map.groupBy(config.scopeMap, ({ theirs }) => theirs);
    this.byTheirs = new Map(
      [...groups].map(([theirs, mappings]) => [theirs, mappings.map(({ ours }) => ours)]),
    );
  }

  /**
   * What a client should ask for at first (RFC 9728, 2, `scopes_supported`): what basic use needs. Nothing that nobody
   * should get without having wanted it.
   */
  get supported(): readonly string[] {
    const basic =
      this.byTheirs.size === 0
        ? ['tools:call']
        : [...this.byTheirs].filter(([, ours]) => !ours.some(isSpecial)).map(([theirs]) => theirs);
    return [...new Set([...this.config.requiredScopes, ...basic])];
  }

  /** The scopes that the scopes of a token stand for. */
  ours(theirs: readonly string[]): readonly Scope[] {
    const ours = theirs
      .slice(0, MAX_SCOPES)
      .flatMap((scope) =>
        this.byTheirs.size > 0 ? (this.byTheirs.get(scope) ?? []) : isScope(scope) ? [scope] : [],
      );
    let stars = 0;
    return [...new Set(ours)].filter((scope) => {
      const more = starsIn(scope);
      if (stars + more > MAX_STARS) return false;
      stars += more;
      return true;
    });
  }

  /** The required scopes that a token lacks. */
  missing(theirs: readonly string[]): readonly string[] {
    return this.config.requiredScopes.filter((scope) => !theirs.includes(scope));
  }

  /**
   * What a client has to ask for so that it holds one of ours, along with what every token needs. Where several would
   * do, it is the one that OAUTH_SCOPE_MAP names first.
   */
  toAskFor(ours: Scope): readonly string[] {
    const theirs =
      this.byTheirs.size === 0
        ? ours
        : this.config.scopeMap.find((mapping) => coversScope(mapping.ours, ours))?.theirs;
    return [...new Set([...this.config.requiredScopes, ...(theirs === undefined ? [] : [theirs])])];
  }
}
