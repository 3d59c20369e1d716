/** Variables of a template and their values in a URI. */
export type UriVariables = Readonly<Record<string, string>>;

/** What stands in no URI as it is (RFC 3986, 2), and would be a surprise in a variable. */
const NOT_IN_A_URI = /[\x00-\x20\x7f]/;

/**
 * A URI template of RFC 6570, level 1: `{name}` stands for one or more characters other than those that delimit the
 * parts of a URI (`/`, `?`, `#`). Where a value could end at several places, it ends at the first; so matching takes
 * time in proportion to the URI, which is a client's text of any length.
 */
export class UriTemplate {
  readonly names: readonly string[];
  private readonly literals: readonly string[];

  constructor(readonly template: string) {
    const parts = template.split(/\{([A-Za-z0-9_]+)\}/);
    this.names = parts.filter((_part, index) => index % 2 === 1);
    this.literals = parts.filter((_part, index) => index % 2 === 0);
  }

  /** The variables of a URI that the template matches, decoded; `undefined` when it does not match. */
  match(uri: string): UriVariables | undefined {
    const values = NOT_IN_A_URI.test(uri) ? undefined : this.valuesIn(uri);
    try {
      return (
        values &&
        Object.fromEntries(this.names.map((name, index) => [name, decodeURIComponent(values[index]!)]))
      );
    } catch {
      // A broken percent-encoding names nothing.
      return undefined;
    }
  }

  private valuesIn(uri: string): string[] | undefined {
    const [first = '', ...following] = this.literals;
    if (following.length === 0) return uri === first ? [] : undefined;
    if (!uri.startsWith(first)) return undefined;
    const values: string[] = [];
    let from = first.length;
    for (const [index, literal] of following.entries()) {
      const isLast = index === following.length - 1;
      const to = isLast ? uri.length - literal.length : uri.indexOf(literal, from + 1);
      const value = uri.slice(from, to);
      if (to <= from || !uri.startsWith(literal, to) || /[/?#]/.test(value)) return undefined;
      values.push(value);
      from = to + literal.length;
    }
    return values;
  }
}
