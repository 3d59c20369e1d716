import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A private key and its self-signed certificate, for localhost, in files of their own. */
export class TestCertificate {
  private constructor(private readonly directory: string) {}

  static async create(): Promise<TestCertificate> {
    const certificate = new TestCertificate(await mkdtemp(join(tmpdir(), 'mcpo-tls-')));
    certificate.make(certificate.keyPath, certificate.path);
    return certificate;
  }

  get keyPath(): string {
    return join(this.directory, 'tls.key');
  }

  get path(): string {
    return join(this.directory, 'tls.crt');
  }

  /** What a client has to trust. */
  get pem(): string {
    return readFileSync(this.path, 'utf8');
  }

  /** Puts another pair into the files, the certificate first, as renewal programs do. */
  renew(): void {
    const [key, certificate] = [join(this.directory, 'next.key'), join(this.directory, 'next.crt')];
    this.make(key, certificate);
    copyFileSync(certificate, this.path);
    copyFileSync(key, this.keyPath);
  }

  /** Puts a certificate there that does not fit the key. */
  spoil(): void {
    this.make(join(this.directory, 'other.key'), this.path);
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  private make(keyPath: string, certificatePath: string): void {
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
        ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
        ...['-days', '2', '-keyout', keyPath, '-out', certificatePath],
      ],
      { stdio: 'ignore' },
    );
  }
}
