/** The checks were ended by a signal; what they had begun has been stopped. */
export class Interrupted extends Error {
  name = 'Interrupted';
  message = 'interrupted';
}

const controller = new AbortController();
const never = new AbortController().signal;
let isShielded = false;

/** Stops the program that runs, and what waits. */
export const interrupt = () => controller.abort(new Interrupted());

/** The signal for what begins now. */
export const interruption = () => (isShielded ? never : controller.signal);

/** For clearing up, which goes on whatever comes. */
export async function uninterrupted(work) {
  isShielded = true;
  try {
    return await work();
  } finally {
    isShielded = false;
  }
}
