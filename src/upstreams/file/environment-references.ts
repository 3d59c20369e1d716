/** `${NAME}`, as Claude Desktop and Claude Code write it, and `${env:NAME}`, as Cursor and VS Code do. */
const REFERENCE = /\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)\}/g;
/** Anything else in such braces is meant for another program. */
const OTHER_REFERENCE = /\$\{[^}]*\}?/;

export interface Resolved {
  readonly value: unknown;
  /** What could not be resolved, one sentence each, naming the member by its path. */
  readonly problems: readonly string[];
}

/** Puts the values of variables where the strings of a JSON value refer to them. */
export function resolveReferences(
  value: unknown,
  variable: (name: string) => string | undefined,
  path: string,
): Resolved {
  const problems: string[] = [];
  const resolveText = (raw: string, at: string): string => {
    const rest = raw.replaceAll(REFERENCE, '');
    const other = OTHER_REFERENCE.exec(rest)?.[0];
    if (other !== undefined)
      problems.push(`${at} has ${other}, which is no reference: write \${NAME} or \${env:NAME}`);
    return raw.replaceAll(REFERENCE, (_reference, name: string) => {
      const found = variable(name);
      if (found === undefined) problems.push(`${at} refers to the variable ${name}, which is not set`);
      return found ?? '';
    });
  };
  const resolve = (item: unknown, at: string): unknown => {
    if (typeof item === 'string') return resolveText(item, at);
    if (Array.isArray(item)) return item.map((member, index) => resolve(member, `${at}[${index}]`));
    if (typeof item !== 'object' || item === null) return item;
    return Object.fromEntries(
      Object.entries(item).map(([key, member]) => [key, resolve(member, `${at}.${key}`)]),
    );
  };
  return { value: resolve(value, path), problems };
}
