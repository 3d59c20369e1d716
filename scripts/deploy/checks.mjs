import { performance } from 'node:perf_hooks';
import { Interrupted, interruption, uninterrupted } from './interruption.mjs';

/** A check that did not hold; its line has been printed. */
export class CheckFailed extends Error {
  name = 'CheckFailed';
}

/** The checks of one area: a line for each, and what has to be undone at the end, last first. */
export class Checks {
  #endings = [];

  constructor(area) {
    this.area = area;
  }

  /** Runs one check. What it answers, if it is a text, is printed beside its name. */
  check = async (name, hold) => {
    interruption().throwIfAborted();
    const startedAt = performance.now();
    const line = (word, detail) => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      console.log(`${word}  ${this.area}: ${name}${detail ? ` (${detail})` : ''}  ${seconds} s`);
    };
    try {
      const detail = await hold();
      line('ok  ', typeof detail === 'string' ? detail : '');
    } catch (error) {
      if (error instanceof Interrupted) {
        line('stop', error.message);
        throw error;
      }
      line('FAIL', '');
      console.log(String(error.stack ?? error).replace(/^/gm, '      '));
      throw new CheckFailed(name, { cause: error });
    }
  };

  /** Says why a check is not made here. */
  skip = (name, reason) => console.log(`skip  ${this.area}: ${name} (${reason})`);

  onEnd = (undo) => void this.#endings.push(undo);

  end() {
    return uninterrupted(async () => {
      for (const undo of this.#endings.splice(0).toReversed()) {
        try {
          await undo();
        } catch (error) {
          console.log(`note  ${this.area}: clearing up failed: ${error.message}`);
        }
      }
    });
  }
}
