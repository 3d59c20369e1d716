import type { ProgramRunner } from './program-runner.js';
import type { RunProgram } from './table-reading.js';

/** Programs for a call that reads little: on the event loop, until its signal aborts. */
export const runProgram =
  (runner: ProgramRunner, signal: AbortSignal): RunProgram =>
  (program, args, onText) =>
    runner.run(program, args, { signal, onText });
