import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, resolve } from 'node:path';

/**
 * Finds the program of an upstream the way a shell would: a child that gets none of our variables has no PATH either.
 *
 * @param path the list of directories to look through
 * @param directory what a relative command is relative to
 * @returns the absolute path, or `undefined` when there is no such program
 */
export function findCommand(
  command: string,
  path: string,
  directory: string = process.cwd(),
): string | undefined {
  if (command.includes('/')) {
    const file = isAbsolute(command) ? command : resolve(directory, command);
    return isProgram(file) ? file : undefined;
  }
  return path
    .split(delimiter)
    .filter((entry) => isAbsolute(entry))
    .map((entry) => resolve(entry, command))
    .find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
