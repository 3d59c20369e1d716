import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { PACKAGES } from './program-failure.js';

export interface MissingProgram {
  readonly program: string;
  /** The package that brings it, under its name in Debian and Ubuntu. */
  readonly package: string;
}

/** The programs of the network tools that none of the directories has. @param path as in PATH */
export function missingPrograms(path: string): MissingProgram[] {
  return Object.entries(PACKAGES)
    .filter(([program]) => !path.split(delimiter).some((directory) => isExecutable(join(directory, program))))
    .map(([program, name]) => ({ program, package: name }));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
