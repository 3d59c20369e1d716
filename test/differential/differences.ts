import type { Observation } from './observation.js';

/** One place in which the answers to a request differ. */
export interface Difference {
  /** Where: members and indices, from the observation down. */
  readonly at: string;
  readonly theirs: string;
  readonly ours: string;
}

export const differencesBetween = (theirs: Observation, ours: Observation): Difference[] =>
  compare('', theirs, ours);

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isListOfMaps = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) && value.every(isMap);

function compare(at: string, theirs: unknown, ours: unknown): Difference[] {
  if (isMap(theirs) && isMap(ours)) {
    const names = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])].sort();
    return names.flatMap((name) => compare(at === '' ? name : `${at}.${name}`, theirs[name], ours[name]));
  }
  if (isListOfMaps(theirs) && isListOfMaps(ours)) {
    const length = Math.max(theirs.length, ours.length);
    return Array.from({ length }, (_, index) =>
      compare(`${at}[${index}]`, theirs[index], ours[index]),
    ).flat();
  }
  if (JSON.stringify(theirs) === JSON.stringify(ours)) return [];
  return [{ at, theirs: render(theirs), ours: render(ours) }];
}

const LONGEST = 100;

function render(value: unknown): string {
  if (value === undefined) return 'absent';
  const text = JSON.stringify(value);
  if (text.length <= LONGEST) return text;
  return isMap(value) ? `an object of ${Object.keys(value).join(', ')}` : `${text.slice(0, LONGEST)}...`;
}
