// Ours: jose does not bound what an issuer answers, and the log says which address failed, and how.
import { ANSWER_BOUNDS, AnswerRefused, parseAnswer } from '../../core/json/answer.js';
import { plainOf } from '../../core/json/exact-values.js';
import type { HttpPools } from '../../resilience/http/http-pools.service.js';

/** From the first byte sent to the last one read. */
const TIMEOUT_MS = 5000;
/** A key set of a hundred keys has 50 KiB. */
export const MAX_BYTES = 256 * 1024;

/** Each of those keys has ten members or so. */
export const BOUNDS = { ...ANSWER_BOUNDS, maxNodes: 5000, maxMembers: 5000 };

/** Fetches a JSON object, without following redirects. @throws Error that says what was wrong, without the contents. */
export async function fetchJson(
  url: string,
  fetch: HttpPools['fetchByProxy'],
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(url, {
    redirect: 'manual',
    headers: { accept: 'application/json' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  }).catch((error: Error) => {
    throw new Error(`${url} cannot be reached: ${error.message}`);
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${url} answered with the status ${response.status}`);
  }
  const body = parse(await readBounded(response, url), url);
  if (typeof body !== 'object' || body === null) throw new Error(`${url} answered with no JSON object`);
  return body as Record<string, unknown>;
}

function parse(text: string, url: string): unknown {
  try {
    return plainOf(parseAnswer(text, BOUNDS));
  } catch (error) {
    if (error instanceof AnswerRefused)
      throw new Error(`${url} answered with JSON that ${error.message}`, { cause: error });
    return undefined;
  }
}

async function readBounded({ body }: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body ?? []) {
      size += chunk.length;
      if (size > MAX_BYTES) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new Error(`${url} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  if (size > MAX_BYTES) throw new Error(`${url} answered with more than ${MAX_BYTES} bytes`);
  return Buffer.concat(chunks).toString('utf8');
}
