/** That of the machine, also while a test simulates the clock. */
const { setTimeout } = globalThis;

/** Comes back when the condition holds; the time-out of the test ends it otherwise. */
export async function waitFor(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}
