import { readFile, stat } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { Inject, Injectable } from '@nestjs/common';

/** Where distributions keep the roots that the machine trusts, as one file: Debian and Alpine, Red Hat, SUSE, BSD. */
export const ROOT_BUNDLES: readonly string[] = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];
const MAX_BUNDLE_BYTES = 4 * 1024 * 1024;
/** OpenSSL's own: also what is too old or too weak is to be read, and told. */
const ANYTHING = { minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;

/** Files with roots; the first that is there counts. */
export const RootBundles = Symbol('RootBundles');

/** The roots that this machine trusts; where it keeps none, those that come with Node.js. */
@Injectable()
export class TrustedRoots {
  private kept: { readonly key: string; readonly context: SecureContext } | undefined;

  constructor(@Inject(RootBundles) private readonly bundles: readonly string[]) {}

  /** Everything that OpenSSL can speak, and the roots of the moment: a bundle that has changed is read again. */
  async context(): Promise<SecureContext> {
    const bundle = await firstBundle(this.bundles);
    const key = bundle === undefined ? '' : `${bundle.path} ${bundle.changedAt}`;
    if (this.kept?.key !== key) {
      const ca = bundle && (await readFile(bundle.path, 'utf8'));
      this.kept = { key, context: createSecureContext({ ...ANYTHING, ...(ca !== undefined && { ca }) }) };
    }
    return this.kept.context;
  }
}

async function firstBundle(
  paths: readonly string[],
): Promise<{ path: string; changedAt: number } | undefined> {
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() === true && found.size > 0 && found.size <= MAX_BUNDLE_BYTES)
      return { path, changedAt: found.mtimeMs };
  }
  return undefined;
}
