/** The members beside those that are known, which are listed as they came; `undefined` where there are none. */
export function furtherMembers<T extends object>(item: T, known: ReadonlySet<string>): T | undefined {
  const further = Object.entries(item).filter(([name, value]) => !known.has(name) && value !== undefined);
  return further.length === 0 ? undefined : (Object.fromEntries(further) as T);
}

/** The same as a member of what is registered. */
export function furtherAs(
  item: object,
  known: ReadonlySet<string>,
): { further?: Readonly<Record<string, unknown>> } {
  const further = furtherMembers(item, known);
  return further === undefined ? {} : { further: further as Readonly<Record<string, unknown>> };
}
