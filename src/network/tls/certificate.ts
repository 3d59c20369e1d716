import type { X509Certificate } from 'node:crypto';
import { cut } from '../../core/quote.js';

const DAY_MS = 86_400_000;
/** Names of a certificate that are listed. */
export const MAX_NAMES = 20;
/** Certificates of a chain that are listed. */
export const MAX_CHAIN = 10;
const MAX_SUBJECT = 300;
const MAX_NAME = 260;

/** What a certificate says. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly names: readonly string[];
  readonly namesTotal: number;
  readonly notBefore: string;
  readonly notAfter: string;
  /** Whole days; negative once it is over. */
  readonly daysLeft: number;
  readonly key: string;
  readonly signature: string;
  readonly sha256: string;
  readonly selfSigned: boolean;
}

/** Object identifiers of signatures, in hexadecimal (RFC 8017, A.2; RFC 5758; RFC 8410). */
const SIGNATURES: Readonly<Record<string, string>> = {
  '2a864886f70d010104': 'md5WithRSAEncryption',
  '2a864886f70d010105': 'sha1WithRSAEncryption',
  '2a864886f70d01010a': 'RSASSA-PSS',
  '2a864886f70d01010b': 'sha256WithRSAEncryption',
  '2a864886f70d01010c': 'sha384WithRSAEncryption',
  '2a864886f70d01010d': 'sha512WithRSAEncryption',
  '2a8648ce3d0401': 'ecdsa-with-SHA1',
  '2a8648ce3d040302': 'ecdsa-with-SHA256',
  '2a8648ce3d040303': 'ecdsa-with-SHA384',
  '2a8648ce3d040304': 'ecdsa-with-SHA512',
  '2b6570': 'ED25519',
  '2b6571': 'ED448',
};

export function factsOf(certificate: X509Certificate, now: number): CertificateFacts {
  const names = namesOf(certificate.subjectAltName ?? '');
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: names.slice(0, MAX_NAMES).map((name) => cut(name, MAX_NAME)),
    namesTotal: names.length,
    notBefore: certificate.validFromDate.toISOString(),
    notAfter: certificate.validToDate.toISOString(),
    daysLeft: Math.floor((certificate.validToDate.getTime() - now) / DAY_MS),
    key: keyOf(certificate).text,
    signature: signatureOf(certificate.raw),
    sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    selfSigned: isSelfSigned(certificate),
  };
}

/** The chain as it was sent, the server's own certificate first, as far as each is signed by the next. */
export function chainOf(leaf: X509Certificate | undefined): X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (let next = leaf; next !== undefined && chain.length < MAX_CHAIN; next = next.issuerCertificate) {
    if (chain.at(-1)?.fingerprint256 === next.fingerprint256) break;
    chain.push(next);
  }
  return chain;
}

export const isSelfSigned = (certificate: X509Certificate): boolean => certificate.checkIssued(certificate);

export interface KeyFacts {
  readonly text: string;
  /** Why it is too weak by today's measure (NIST SP 800-57, 112 bits); `null` when it is not. */
  readonly weakness: string | null;
}

/** The public key, such as `RSA 2048` or `EC prime256v1`. */
export function keyOf(certificate: X509Certificate): KeyFacts {
  try {
    const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: details = {} } = certificate.publicKey;
    const bits = details.modulusLength;
    if (bits !== undefined)
      return { text: `${type.toUpperCase()} ${bits}`, weakness: bits < 2048 ? `${bits} bits` : null };
    const curve = details.namedCurve;
    const size = Number(/\d{3}/.exec(curve ?? '')?.[0] ?? 256);
    if (curve !== undefined) return { text: `EC ${curve}`, weakness: size < 224 ? curve : null };
    return { text: type.toUpperCase(), weakness: null };
  } catch {
    return { text: 'unknown', weakness: null };
  }
}

/** The names that a client may ask for, with `IP:` before addresses; other kinds with theirs. */
function namesOf(text: string): string[] {
  const names: string[] = [];
  for (let at = 0; at < text.length;) {
    const colon = text.indexOf(':', at);
    if (colon === -1) break;
    const kind = text.slice(at, colon);
    // Node.js writes what could be misread as a string of JSON.
    const isQuoted = text[colon + 1] === '"';
    const end = isQuoted ? endOfString(text, colon + 1) : endOfItem(text, colon + 1);
    const value = isQuoted ? text.slice(colon + 2, end - 1) : text.slice(colon + 1, end);
    names.push(kind === 'DNS' ? value : `${kind === 'IP Address' ? 'IP' : kind}:${value}`);
    at = end + 2;
  }
  return names;
}

function endOfItem(text: string, start: number): number {
  const end = text.indexOf(', ', start);
  return end === -1 ? text.length : end;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

/** Of a Certificate, its signatureAlgorithm (RFC 5280, 4.1.1.2): what follows the part that is signed. */
export function signatureOf(der: Buffer): string {
  const whole = contentOf(der, 0);
  const signed = contentOf(der, whole.start);
  const algorithm = contentOf(der, signed.end);
  const oid = contentOf(der, algorithm.start);
  const hex = der.toString('hex', oid.start, Math.min(oid.end, oid.start + 20));
  return SIGNATURES[hex] ?? `OID ${hex}`;
}

/** Where the content of an element of DER begins and ends. OpenSSL has parsed the whole before. */
function contentOf(der: Buffer, at: number): { start: number; end: number } {
  const length = der[at + 1] ?? 0;
  if (length < 0x80) return { start: at + 2, end: at + 2 + length };
  const bytes = Math.min(length & 0x7f, 4);
  const start = at + 2 + bytes;
  return { start, end: start + (bytes === 0 || start > der.length ? 0 : der.readUIntBE(at + 2, bytes)) };
}

const oneLine = (name: string): string => cut(name.replaceAll('\n', ', '), MAX_SUBJECT);
