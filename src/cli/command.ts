/** Where a command writes. */
export interface CommandOutput {
  readonly out: (text: string) => void;
  /** What is not the result: standard error. */
  readonly notes: (text: string) => void;
}

/** Something that the program does besides serving: takes the arguments after its name, answers the exit code. */
export type Command = (args: readonly string[], output: CommandOutput) => Promise<number>;
