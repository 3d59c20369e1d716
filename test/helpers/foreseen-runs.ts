import type { NamespaceLab, Place } from './namespaces.js';
import { runTool, runTools, type ToolFailure, type ToolRun, type ToolSuccess } from './network-tools.js';

type Outcome = ToolSuccess<unknown> | ToolFailure;

/**
 * Runs of network tools that a suite starts before its cases ask for them: nearly all of their time is waiting, and a
 * process of its own costs each a second.
 */
export class ForeseenRuns {
  private readonly outcomes = new Map<string, Promise<Outcome>>();

  constructor(private readonly lab: NamespaceLab) {}

  /** Starts them at once, in one process for each user and each search path, and comes back when all have ended. */
  async foresee(place: Place, runs: readonly ToolRun[]): Promise<void> {
    const shared = Map.groupBy(runs, ({ searchPath, uid }) => JSON.stringify({ searchPath, uid }));
    const ended = [...shared].map(([options, alike]) => {
      const calls = alike.map(({ searchPath: _path, uid: _uid, ...call }) => call);
      const answers = runTools(this.lab, place, calls, JSON.parse(options) as Partial<ToolRun>);
      for (const [index, run] of alike.entries()) {
        this.outcomes.set(
          keyOf(place, run),
          answers.then((all) => all[index]!),
        );
      }
      return answers;
    });
    await Promise.all(ended);
  }

  /** Of a run that was foreseen the same outcome each time; any other is made now. */
  outcomeOf<T>(place: Place, run: ToolRun): Promise<ToolSuccess<T> | ToolFailure> {
    const foreseen = this.outcomes.get(keyOf(place, run)) as
      Promise<ToolSuccess<T> | ToolFailure> | undefined;
    return foreseen ?? runTool<T>(this.lab, place, run);
  }
}

const keyOf = (place: Place, { tool, args, ...options }: ToolRun): string =>
  JSON.stringify([place, tool, args, options]);
