import { ProblemError } from './session.js';

/** The status is asked for so often, in milliseconds, and so seldom at least when nothing answers. */
export const POLL_MS = 10_000;
export const MAX_WAIT_MS = 120_000;

/**
 * Asks again and again, as long as somebody looks: never twice at once, more slowly while it fails, and not before the
 * server has said that it may (Retry-After).
 */
export class Poller {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #isAsking = false;
  #isOn = false;
  #isWanted = false;
  #failures = 0;
  #notBefore = 0;

  /**
   * @param {{
   *   ask: () => Promise<void>,
   *   onFailure: (error: unknown, waitMs: number) => void,
   *   now?: () => number,
   * }} options
   */
  constructor({ ask, onFailure, now = () => Date.now() }) {
    this.ask = ask;
    this.onFailure = onFailure;
    this.now = now;
  }

  resume() {
    this.#isOn = true;
    this.#plan(0);
  }

  pause() {
    this.#isOn = false;
    clearTimeout(this.#timer);
  }

  /** Asks at once, or as soon as the server lets it. */
  hurry() {
    if (this.#isOn) this.#plan(0);
  }

  /** @param {number} ms */
  #plan(ms) {
    clearTimeout(this.#timer);
    if (this.#isAsking) {
      this.#isWanted = true;
      return;
    }
    this.#timer = setTimeout(() => void this.#ask(), Math.max(ms, this.#notBefore - this.now()));
  }

  async #ask() {
    this.#isAsking = true;
    this.#isWanted = false;
    let wait = POLL_MS;
    try {
      await this.ask();
      this.#failures = 0;
      this.#notBefore = 0;
    } catch (error) {
      this.#failures += 1;
      wait = waitAfter(error, this.#failures);
      if (error instanceof ProblemError && error.problem.retryAfterSeconds !== undefined)
        this.#notBefore = this.now() + wait;
      this.onFailure(error, wait);
    } finally {
      this.#isAsking = false;
    }
    if (this.#isOn) this.#plan(this.#isWanted ? 0 : wait);
  }
}

/**
 * @param {unknown} error
 * @param {number} failures in a row, with this one
 * @returns {number} milliseconds
 */
export function waitAfter(error, failures) {
  const seconds = error instanceof ProblemError ? error.problem.retryAfterSeconds : undefined;
  if (seconds !== undefined) return Math.max(POLL_MS, seconds * 1000);
  return Math.min(MAX_WAIT_MS, POLL_MS * 2 ** (failures - 1));
}
