import type { X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';
import { cut } from '../../core/quote.js';
import { roundMs } from '../target/dial.js';
import { chainOf, isSelfSigned, keyOf, signatureOf } from './certificate.js';

const DAY_MS = 86_400_000;
/** So many days before its end a certificate is worth a word. */
const SOON_DAYS = 14;
const MAX_MESSAGE = 300;
const WEAK_SIGNATURE = /^(md5|sha1)|SHA1$/;
const OLD_PROTOCOL = /^(SSLv|TLSv1$|TLSv1\.1$)/;
const WEAK_CIPHER = /RC4|DES|NULL|EXP|MD5|ADH|AECDH/;
/** What OpenSSL says of a chain, in words. */
const CHAIN_WORDS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self_signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown_root',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'incomplete_chain',
  UNABLE_TO_GET_ISSUER_CERT: 'incomplete_chain',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'incomplete_chain',
};

export const PROBLEMS = [
  ...(['expired', 'not_yet_valid', 'expires_soon', 'wrong_name', 'self_signed', 'unknown_root'] as const),
  ...([
    'incomplete_chain',
    'untrusted',
    'weak_key',
    'weak_signature',
    'old_protocol',
    'weak_cipher',
  ] as const),
  'no_certificate',
] as const;
export interface Problem {
  readonly code: (typeof PROBLEMS)[number];
  readonly message: string;
}

export interface HandshakeOptions {
  /** The name, or address, that the certificate has to be for. */
  readonly name: string;
  readonly alpn: readonly string[];
  readonly context: SecureContext;
  readonly waitMs: number;
  readonly stop: AbortSignal;
}

export interface Handshake {
  readonly socket: TLSSocket;
  readonly ms: number;
  /** Kept, for a socket that is over tells it no more. */
  readonly protocol: string | null;
  readonly chain: readonly X509Certificate[];
  /** Whether chain, name and dates are good, as a browser would ask. */
  readonly isTrusted: boolean;
  /** OpenSSL's word for the chain; `null` when it is good. */
  readonly chainError: string | null;
  readonly hasStaple: boolean;
  readonly problems: readonly Problem[];
}

export interface HandshakeFailure {
  readonly code: string;
  readonly message: string;
}

/**
 * TLS over a connected socket, whatever the certificate is: it is read, and judged. Whoever calls destroys the socket.
 */
export async function handshake(
  socket: Socket,
  { name, alpn, context, waitMs, stop }: HandshakeOptions,
): Promise<Handshake | HandshakeFailure> {
  const begin = performance.now();
  const { promise, resolve } = Promise.withResolvers<HandshakeFailure | null>();
  let hasStaple = false;
  const secure = connect({
    socket,
    secureContext: context,
    rejectUnauthorized: false,
    requestOCSP: true,
    ...(alpn.length > 0 && { ALPNProtocols: [...alpn] }),
    ...(isIP(name) === 0 && { servername: name.replace(/\.$/, '') }),
  });
  secure.on('OCSPResponse', (response: Buffer | null) => (hasStaple = (response?.length ?? 0) > 0));
  secure.once('secureConnect', () => resolve(null));
  // Stays for good: an error of a socket that nobody listens to ends the process.
  secure.on('error', (error: NodeJS.ErrnoException) => resolve(failureOf(error)));
  secure.once('close', () => resolve({ code: 'closed', message: 'the server closed the connection' }));
  const timer = setTimeout(() => resolve({ code: 'timeout', message: 'no answer to the handshake' }), waitMs);
  const abandon = (): void => resolve({ code: 'cut_off', message: 'the time was up' });
  stop.addEventListener('abort', abandon, { once: true });
  if (stop.aborted) abandon();
  const failure = await promise;
  clearTimeout(timer);
  stop.removeEventListener('abort', abandon);
  if (failure !== null) {
    secure.destroy();
    return failure;
  }
  const leaf = secure.getPeerX509Certificate();
  const chain = chainOf(leaf);
  const chainError = chainErrorOf(secure);
  const problems = problemsOf(secure, chain, chainError, name);
  const isTrusted =
    leaf !== undefined && chainError === null && !problems.some(({ code }) => code === 'wrong_name');
  return {
    socket: secure,
    ms: roundMs(performance.now() - begin),
    protocol: secure.getProtocol(),
    chain,
    isTrusted,
    chainError,
    hasStaple,
    problems,
  };
}

/** The name is judged by us: an error about it says nothing of the chain. */
function chainErrorOf({ authorized, authorizationError }: TLSSocket): string | null {
  if (authorized) return null;
  const { code } = authorizationError as unknown as { code?: string };
  const text = code ?? String(authorizationError);
  return text === 'ERR_TLS_CERT_ALTNAME_INVALID' ? null : cut(text, MAX_MESSAGE);
}

function problemsOf(
  socket: TLSSocket,
  chain: readonly X509Certificate[],
  chainError: string | null,
  name: string,
): Problem[] {
  const [leaf] = chain;
  if (leaf === undefined)
    return [{ code: 'no_certificate', message: 'The server has shown no certificate.' }];
  const now = Date.now();
  const problems: Problem[] = [];
  const add = (code: Problem['code'], message: string): void => void problems.push({ code, message });
  for (const [depth, certificate] of chain.entries()) {
    const whose = depth === 0 ? 'The certificate' : `Certificate ${depth + 1} of the chain`;
    const until = certificate.validToDate.getTime();
    const days = Math.floor((until - now) / DAY_MS);
    if (until < now)
      add('expired', `${whose} has expired ${-days} days ago, at ${certificate.validToDate.toISOString()}.`);
    else if (depth === 0 && days < SOON_DAYS) add('expires_soon', `${whose} expires in ${days} days.`);
    if (certificate.validFromDate.getTime() > now)
      add('not_yet_valid', `${whose} is valid from ${certificate.validFromDate.toISOString()} on.`);
    const { text, weakness } = keyOf(certificate);
    if (weakness !== null) add('weak_key', `${whose} has a weak key: ${text}.`);
    const signature = signatureOf(certificate.raw);
    // Nobody relies on the signature of a root.
    if (WEAK_SIGNATURE.test(signature) && !isSelfSigned(certificate))
      add('weak_signature', `${whose} is signed with ${signature}.`);
  }
  if (!isFor(leaf, name)) add('wrong_name', `The certificate is not for "${cut(name, MAX_MESSAGE)}".`);
  if (chainError !== null) addChainProblem(chainError, add);
  const protocol = socket.getProtocol() ?? '';
  if (OLD_PROTOCOL.test(protocol))
    add('old_protocol', `The server speaks no more than ${protocol} (RFC 8996).`);
  const cipher = socket.getCipher().name;
  if (WEAK_CIPHER.test(cipher)) add('weak_cipher', `The cipher ${cipher} is weak.`);
  return problems;
}

function addChainProblem(error: string, add: (code: Problem['code'], message: string) => void): void {
  // Told with the dates.
  if (error === 'CERT_HAS_EXPIRED' || error === 'CERT_NOT_YET_VALID') return;
  switch (CHAIN_WORDS[error]) {
    case 'self_signed':
      return add('self_signed', 'The certificate is signed by itself, and this machine does not trust it.');
    case 'unknown_root':
      return add('unknown_root', 'The chain ends in a root that this machine does not trust.');
    case 'incomplete_chain':
      return add(
        'incomplete_chain',
        'The chain does not lead to a root that this machine trusts: an intermediate certificate is missing, or the ' +
          'root is unknown.',
      );
    case undefined:
    default:
      return add('untrusted', `The chain is not trusted: ${error}.`);
  }
}

/** RFC 9525. */
function isFor(certificate: X509Certificate, name: string): boolean {
  const bare = name.split('%', 1)[0]!.replace(/\.$/, '');
  return (isIP(bare) === 0 ? certificate.checkHost(bare) : certificate.checkIP(bare)) !== undefined;
}

function failureOf({ code, message }: NodeJS.ErrnoException): HandshakeFailure {
  // OpenSSL's text has the library and the routine around the reason.
  const parts = message.split(':');
  const at = parts.indexOf('SSL routines');
  const reason = at === -1 ? message : (parts[at + 2] ?? message);
  const isNoTls = code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG';
  const words = isNoTls ? `what answers is no TLS (${reason})` : reason;
  return { code: code ?? 'unknown error', message: cut(words, MAX_MESSAGE) };
}
