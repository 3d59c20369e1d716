/** What the system says of a file that cannot be read, for people. */
const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a directory',
};

/** What is wrong with a file, a sentence each: a reader that finds several things has them in `problems`. */
export function problemsIn(error: Error & { readonly problems?: readonly string[] }): readonly string[] {
  const { code = '' } = error as NodeJS.ErrnoException;
  const unreadable = UNREADABLE[code];
  return error.problems ?? [unreadable === undefined ? error.message : `${unreadable} (${code})`];
}
