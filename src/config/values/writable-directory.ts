import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';

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
