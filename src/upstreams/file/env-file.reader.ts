import { parseEnv } from 'node:util';
import type { ReferredFiles } from './referred-files.js';

/**
 * The variables of a file in the form of `.env`.
 *
 * @throws Error that says why it cannot be read, and quotes nothing of it
 */
export const readEnvFile = (path: string, files: ReferredFiles): Readonly<Record<string, string>> =>
  ({ ...parseEnv(files.read(path)) }) as Record<string, string>;
