/** Variables of a template and their values in a URI. */
export type UriVariables = Readonly<Record<string, string>>;

/** A URI template of RFC 6570, level 1: `{name}` stands for one or more characters other than a slash. */
export class UriTemplate {
  readonly names: readonly string[];
  private readonly pattern: RegExp;

  constructor(readonly template: string) {
    const parts = template.split(/\{([A-Za-z0-9_]+)\}/);
    this.names = parts.filter((_part, index) => index % 2 === 1);
    const source = parts
      .map((part, index) => (index % 2 === 1 ? '([^/?#]+)' : escapeForPattern(part)))
      .join('');
    this.pattern = new RegExp(`^${source}$`);
  }

  /** The variables of a URI that the template matches, decoded; `undefined` when it does not match. */
  match(uri: string): UriVariables | undefined {
    const values = this.pattern.exec(uri)?.slice(1);
    if (values === undefined) return undefined;
    try {
      return Object.fromEntries(this.names.map((name, index) => [name, decodeURIComponent(values[index]!)]));
    } catch {
      // A broken percent-encoding names nothing.
      return undefined;
    }
  }
}

const escapeForPattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
