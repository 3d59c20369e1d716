import { createSecureContext } from 'node:tls';
import { MAX_KEYS_BYTES, readBounded } from '../core/bounded-file.js';
import type { Environment } from './environment.js';

/** A private key and the certificate for it, as PEM. */
export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

/** @throws Error when a file cannot be read, or when they do not belong together. */
export function readKeyPair(keyPath: string, certificatePath: string): KeyPair {
  const pair = {
    key: readBounded(keyPath, MAX_KEYS_BYTES),
    cert: readBounded(certificatePath, MAX_KEYS_BYTES),
  };
  createSecureContext(pair);
  return pair;
}

/** What keeps the listener for TLS from starting. */
export function tlsProblems(env: Environment): string[] {
  // What is neither true nor false has been reported already.
  if (String(env.HTTPS_ENABLED) !== 'true') return [];
  const { SSL_KEY_PATH, SSL_CERT_PATH } = env;
  const problems = [
    ...unreadable('SSL_KEY_PATH', SSL_KEY_PATH, 'the private key'),
    ...unreadable('SSL_CERT_PATH', SSL_CERT_PATH, 'the certificate, with those that lead to its authority'),
  ];
  if (problems.length > 0) return problems;
  try {
    readKeyPair(SSL_KEY_PATH, SSL_CERT_PATH);
    return [];
  } catch (error) {
    const { code = 'not PEM' } = error as NodeJS.ErrnoException;
    return [
      `SSL_KEY_PATH and SSL_CERT_PATH name no private key with its certificate (${code}): put a pair there, as PEM`,
    ];
  }
}

function unreadable(name: string, path: string, what: string): string[] {
  if (path === '') {
    return [
      `${name} is not set, and HTTPS_ENABLED=true needs it: set it to the path of ${what}, or HTTPS_ENABLED=false`,
    ];
  }
  try {
    readBounded(path, MAX_KEYS_BYTES);
    return [];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return [
      `${name} is "${path}", which cannot be read (${code ?? message}): put ${what} there, as PEM, readable for the server`,
    ];
  }
}
