import { accessSync, constants, statSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';

/** Whether new files can be made in it. */
export function isWritableDirectory(path: string): boolean {
  if (!isAbsolute(path)) return false;
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Whether the server can append to a file, or make it. */
export function isWritableFile(path: string): boolean {
  if (!isAbsolute(path)) return false;
  try {
    accessSync(path, constants.W_OK);
    return !statSync(path).isDirectory();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && isWritableDirectory(dirname(path));
  }
}
