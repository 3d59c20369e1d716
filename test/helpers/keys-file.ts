import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiKeyDigest } from '../../src/core/api-key-digest.js';
import { mintApiKey } from '../../src/core/api-key-format.js';

/** A key that a test has made, and its entry in the file. */
export interface TestKey {
  readonly key: string;
  readonly entry: Readonly<Record<string, unknown>> & { readonly name: string; readonly digest: string };
}

/** A key of this name that may call every tool, but for what the members say. */
export function testKey(name: string, members: object = {}): TestKey {
  const key = mintApiKey();
  return { key, entry: { name, digest: apiKeyDigest(key), scopes: ['tools:call'], ...members } };
}

/** A keys file in a directory of its own. */
export class TestKeysFile {
  private readonly directory = mkdtempSync(join(tmpdir(), 'mcpo-keys-'));
  readonly path = join(this.directory, 'keys.json');

  constructor(...keys: readonly TestKey[]) {
    this.put(...keys);
  }

  put(...keys: readonly TestKey[]): void {
    this.write(JSON.stringify({ keys: keys.map(({ entry }) => entry) }));
  }

  /** In one step, as an editor or the command does it. */
  write(text: string): void {
    writeFileSync(`${this.path}.new`, text);
    renameSync(`${this.path}.new`, this.path);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Has the server look at its files now, as SIGHUP does. */
export const hangUp = (): boolean => process.emit('SIGHUP');
