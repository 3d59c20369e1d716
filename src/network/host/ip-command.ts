import { ToolError } from '../../tools/tool-error.js';
import { LooseArray, type LooseObject, NotUnderstood } from './loose-json.js';
import { exitFailure } from './program-failure.js';
import type { RunProgram } from './table-reading.js';

/**
 * Hands out the objects that `ip -d -j <args>` of iproute2 prints: the kernel's netlink interface, which Node itself
 * cannot open. `-d` states the values that are otherwise left out as usual ones.
 *
 * @throws ToolError `missing_binary`, `permission_denied` (no AF_NETLINK) or `not_supported` (an `ip` that is not
 *   iproute2, or prints what is not understood) when netlink cannot be read this way; `tool_failed` when the reading
 *   itself failed.
 */
export async function queryIp(
  run: RunProgram,
  args: readonly string[],
  take: (element: LooseObject) => void,
): Promise<void> {
  await queryJson(run, 'ip', ['-d', '-j', ...args], take);
}

/** The same for another program of iproute2. */
export async function queryJson(
  run: RunProgram,
  program: string,
  args: readonly string[],
  take: (element: LooseObject) => void,
): Promise<void> {
  const array = new LooseArray(take);
  let problem: NotUnderstood | undefined;
  const { exitCode, stderr } = await run(program, args, (text) => {
    if (problem === undefined) problem = problemOf(() => array.add(text));
  });
  if (exitCode !== 0) throw failureOf(program, stderr);
  problem ??= problemOf(() => array.end());
  if (problem !== undefined) {
    throw new ToolError(
      'not_supported',
      `The "${program}" program here answers with something other than the JSON of iproute2.`,
      'Install iproute2.',
    );
  }
}

function problemOf(step: () => void): NotUnderstood | undefined {
  try {
    step();
    return undefined;
  } catch (error) {
    if (error instanceof NotUnderstood) return error;
    throw error;
  }
}

function failureOf(program: string, stderr: string): ToolError {
  // BusyBox, and iproute2 before 4.10.
  if (
    /(invalid|unrecognized|unknown) option|Option "-[dj]{1,2}" is unknown|^BusyBox |^Usage: /im.test(stderr)
  ) {
    return new ToolError(
      'not_supported',
      `The "${program}" program here cannot answer in JSON.`,
      'Install iproute2.',
    );
  }
  return exitFailure(program, stderr);
}

/** Members of iproute2's objects, in the forms that its versions give them. */

/** @throws NotUnderstood for what is no text. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw new NotUnderstood('A text is missing');
}

/** A number of the kernel: 32 bits without a sign, which some versions print with one. @throws NotUnderstood */
export function uint32Of(value: unknown): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
    throw new NotUnderstood('A number is missing');
  }
  return number < 0 ? number >>> 0 : number;
}

/** `undefined` for a member that is not there, or has another form. */
export const optionalText = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

export const optionalNumber = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;

export const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

export const objectOf = (value: unknown): LooseObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as LooseObject) : {};

export const objectsOf = (value: unknown): LooseObject[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : [];
