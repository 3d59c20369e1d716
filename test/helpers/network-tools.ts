import { resolve } from 'node:path';
import type { NamespaceLab, Place } from './namespaces.js';

const ROOT = resolve(__dirname, '../..');
const RUNNER = resolve(__dirname, 'network-tool-runner.mjs');

/** `nobody` of Debian. */
export const UNPRIVILEGED_UID = 65534;

export interface ToolRun {
  readonly tool: string;
  readonly args?: object;
  /** Where the tool looks for programs, instead of the system's directories. */
  readonly searchPath?: string;
  /** Run the tool as this user, without any capability. */
  readonly uid?: number;
  /** Abort the call at this number of progress reports. */
  readonly cancelAtProgress?: number;
  /** Abort the call after so many milliseconds. */
  readonly cancelAfterMs?: number;
  readonly scopes?: readonly string[];
  /** The text of a policy file. */
  readonly policy?: string;
  /** The deadline of the call, which the tool sums up before. */
  readonly deadlineMs?: number;
}

export interface ToolSuccess<T> {
  readonly ok: true;
  readonly text: string;
  readonly structured: T;
  readonly progress: readonly { progress: number; total?: number; message?: string }[];
}

export interface ToolFailure {
  readonly ok: false;
  readonly code: string;
  readonly message: string;
  readonly mend?: string;
  readonly progress: readonly unknown[];
}

/** Runs a network tool of the built product (dist/) inside a namespace; see network-tool-runner.mjs. */
export async function runTool<T>(
  lab: NamespaceLab,
  place: Place,
  { args = {}, ...rest }: ToolRun,
): Promise<ToolSuccess<T> | ToolFailure> {
  // MCPO_TEST_DIST: another build than dist/, for whoever works on the room without touching it.
  const dist = process.env['MCPO_TEST_DIST'] ?? resolve(ROOT, 'dist');
  const output = await lab.exec(place, process.execPath, RUNNER, dist, JSON.stringify({ args, ...rest }));
  return JSON.parse(output) as ToolSuccess<T> | ToolFailure;
}

/** As `runTool`, for a call that has to succeed. */
export async function callTool<T>(
  lab: NamespaceLab,
  place: Place,
  options: ToolRun,
): Promise<ToolSuccess<T>> {
  const outcome = await runTool<T>(lab, place, options);
  if (!outcome.ok) throw new Error(`${options.tool} failed: ${outcome.code}: ${outcome.message}`);
  return outcome;
}

/** Several at once, in one process: what each answers, in their order. */
export async function runTools(
  lab: NamespaceLab,
  place: Place,
  calls: readonly Omit<ToolRun, 'searchPath' | 'uid'>[],
  options: Pick<ToolRun, 'searchPath' | 'uid'> = {},
): Promise<(ToolSuccess<never> | ToolFailure)[]> {
  const dist = process.env['MCPO_TEST_DIST'] ?? resolve(ROOT, 'dist');
  const output = await lab.exec(place, process.execPath, RUNNER, dist, JSON.stringify({ calls, ...options }));
  return JSON.parse(output) as (ToolSuccess<never> | ToolFailure)[];
}
