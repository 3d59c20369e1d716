/** An open box: what is the matter, and how to mend it. */
export class Open extends Error {
  constructor(problem, mend) {
    super(problem);
    this.mend = mend;
  }
}
export const need = (holds, problem, mend) => {
  if (!holds) throw new Open(problem, mend);
};

/** What to do about a file that this user cannot read. */
export const READ_IT = process.getuid?.() === 0 ? 'look whether it is there' : 'run it as root';
