import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { ResponseTooLargeError } from '../../resilience/outbound.port.js';
import type { HttpPools } from '../../resilience/http/http-pools.service.js';
import type { OpenApiUpstream } from '../file/upstream.entry.js';
import { quote } from '../../core/quote.js';
import { UpstreamError } from '../upstream.error.js';
import { encodingOf } from './response.reader.js';

/** The largest document: those of large APIs have up to 14 MB. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

/** A document as it came. */
export interface RawDocument {
  /** With a buffer of their own, which may be given away. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Recognises them. */
  readonly digest: string;
}

/** Where a document comes from: a URL, or a path on this machine. */
export const isUrl = (source: string): boolean => /^https?:\/\//i.test(source);

/** @throws UpstreamError when the file cannot be read, or is too large. */
export async function readDocumentFile(path: string, signal?: AbortSignal): Promise<RawDocument> {
  try {
    // Without O_NONBLOCK a named pipe would hold a thread until somebody writes, and with it the end of the process.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const isFile = (await file.stat()).isFile();
      signal?.throwIfAborted();
      if (!isFile) throw Object.assign(new Error('It is no file'), { code: 'no file' });
      return await collected(file.createReadStream({ signal, autoClose: false }));
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof UpstreamError || signal?.aborted === true) throw error;
    const { code } = error as { code?: string };
    throw new UpstreamError('unreachable', `The document cannot be read (${code ?? 'unknown'})`, {
      cause: error,
    });
  }
}

/** @throws UpstreamError when the answer is no document, or is too large. Whatever else `fetch` throws. */
export async function fetchDocument(
  { openapi, baseUrl }: OpenApiUpstream,
  headers: Readonly<Record<string, string>>,
  fetch: HttpPools['fetch'],
  signal: AbortSignal,
): Promise<RawDocument> {
  // What is meant for the API goes to nobody else.
  const isOfTheApi = baseUrl !== undefined && new URL(baseUrl).origin === new URL(openapi).origin;
  const response = await fetch(openapi, { signal, ...(isOfTheApi && { headers }) });
  if (!response.ok) {
    await response.body?.cancel();
    const { status } = response;
    const kind = status >= 500 ? 'failed' : 'refused';
    throw new UpstreamError(kind, `Its document is answered with HTTP ${status}`, { status });
  }
  const encoding = encodingOf(response);
  if (encoding !== undefined) {
    await response.body?.cancel();
    throw new UpstreamError(
      'malformed',
      `Its document is encoded as ${quote(encoding, 50)}, which was not asked for`,
    );
  }
  try {
    return await collected(response.body ?? []);
  } catch (error) {
    if (!(error instanceof ResponseTooLargeError)) throw error;
    const mend = 'OUTBOUND_MAX_RESPONSE_BYTES allows more, and a file may have more';
    throw new UpstreamError('too_large', `The document has more than ${error.maxBytes} bytes: ${mend}`, {
      cause: error,
    });
  }
}

/** A piece at a time, so that no step takes long. */
async function collected(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<RawDocument> {
  const hash = createHash('sha256');
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > MAX_DOCUMENT_BYTES)
      throw new UpstreamError('too_large', `The document has more than ${MAX_DOCUMENT_BYTES} bytes`);
    hash.update(piece);
    parts.push(piece);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, digest: hash.digest('hex') };
}
