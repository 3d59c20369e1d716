/** Values that begin with, or fit, what was typed so far; `settled` are the arguments that are known already. */
export type Completer = (
  typed: string,
  settled: Readonly<Record<string, string>>,
) => readonly string[] | Promise<readonly string[]>;
