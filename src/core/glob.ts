/** Names of tools and `*`, nothing else: a regular expression or a `?` would not do what it seems to. */
export const GLOB = /^[A-Za-z0-9_.*-]{1,128}$/;

/** `*` stands for any run of characters; everything else for itself. Linear in the length of both. */
export function globMatches(glob: string, text: string): boolean {
  const parts = glob.split('*');
  const first = parts.shift() ?? '';
  const last = parts.pop();
  if (last === undefined) return glob === text;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
    return false;
  let from = first.length;
  const end = text.length - last.length;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    if (at === -1 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}
