import { CheckFailed, Checks } from './checks.mjs';
import { interrupt, Interrupted } from './interruption.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const EXIT_INTERRUPTED = 130;

/**
 * Verifies areas one after the other, up to the first that does not hold. What an area has started is ended in any
 * case, after a signal too.
 *
 * @returns the exit code
 */
export async function runAreas(areas, directories) {
  for (const signal of SIGNALS) process.on(signal, interrupt);
  for (const area of areas) {
    const checks = new Checks(area.name);
    const { check, onEnd, skip } = checks;
    try {
      await area.verify({ check, onEnd, skip, ...directories });
    } catch (error) {
      if (error instanceof Interrupted) return EXIT_INTERRUPTED;
      if (!(error instanceof CheckFailed)) console.error(error);
      return 1;
    } finally {
      await checks.end();
    }
  }
  return 0;
}
