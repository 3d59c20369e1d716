import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];

export interface Issued {
  readonly key: string;
  readonly cert: string;
  readonly keyPath: string;
  readonly certPath: string;
}

export interface IssueOptions {
  /** Of the subject; a label for the files as well. */
  readonly name: string;
  /** As in subjectAltName. */
  readonly names?: string;
  /** -1: it ended a day ago. */
  readonly days?: number;
  readonly issuer?: Issued;
  readonly isAuthority?: boolean;
  readonly newKey?: readonly string[];
  readonly digest?: string;
}

/** Certificates of all kinds, made by openssl, in a directory of their own. */
export class CertificateAuthority {
  private constructor(private readonly directory: string) {}

  static async create(): Promise<CertificateAuthority> {
    return new CertificateAuthority(await mkdtemp(join(tmpdir(), 'mcpo-ca-')));
  }

  /** Without an issuer it is signed by itself. */
  async issue(options: IssueOptions): Promise<Issued> {
    const { name, names, days = 90, issuer, isAuthority = false, newKey = EC, digest = 'sha256' } = options;
    const path = (ending: string): string => join(this.directory, `${name.replaceAll(/\W/g, '-')}.${ending}`);
    const [keyPath, certPath, request, extensions] = ['key', 'pem', 'csr', 'cnf'].map(path) as [
      string,
      string,
      string,
      string,
    ];
    const openssl = (...args: string[]): Promise<unknown> => promisify(execFile)('openssl', args);
    await openssl('req', ...newKey, '-nodes', '-subj', `/CN=${name}`, '-keyout', keyPath, '-out', request);
    await writeFile(
      extensions,
      [
        `basicConstraints=critical,CA:${String(isAuthority).toUpperCase()}`,
        ...(names === undefined ? [] : [`subjectAltName=${names}`]),
      ].join('\n'),
    );
    const signing =
      issuer === undefined
        ? ['-signkey', keyPath]
        : ['-CA', issuer.certPath, '-CAkey', issuer.keyPath, '-CAcreateserial'];
    await openssl(
      ...['x509', '-req', '-in', request, ...signing, '-days', String(days), `-${digest}`],
      ...['-extfile', extensions, '-out', certPath],
    );
    const [key, cert] = await Promise.all([readFile(keyPath, 'utf8'), readFile(certPath, 'utf8')]);
    return { key, cert, keyPath, certPath };
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }
}
