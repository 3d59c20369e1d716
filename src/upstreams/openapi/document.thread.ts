import { Worker } from 'node:worker_threads';
import { Slices } from '../../core/slices.js';
import type { OpenApiUpstream } from '../file/upstream.entry.js';
import { UpstreamError, type UpstreamErrorKind } from '../upstream.error.js';
import { looksLikeJson } from './document.loader.js';
import { type Part, PartsReader } from './document.parts.js';
import type { OpenApiService } from './openapi.service.js';
import { ThreadTurns } from './thread-turns.js';

export interface DocumentJob {
  /** UTF-8. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly entry: OpenApiUpstream;
}

type Head = Omit<OpenApiService, 'operations' | 'baseUrl'> & { readonly baseUrl: string };

/** What the worker is told: to read a document, and then to tell the next part of it. */
export type DocumentOrder = DocumentJob | 'next';

/** What the worker tells: how it has failed, or what there is; then the operations in parts, as they are asked for. */
export type DocumentNews =
  | { readonly failure: { readonly kind: UpstreamErrorKind; readonly message: string } }
  | { readonly head: Head }
  | { readonly part: Part };

/** Reading a document, checking it and making tools of it; in milliseconds. */
export const DOCUMENT_TIMEOUT_MS = 25_000;
/** What a document may take meanwhile, in MiB: enough for 3 MB of YAML, and for JSON that comes over the network. */
export const MAX_HEAP_MB = 224;
/** The same for more JSON than that, out of a file: 13 MB of it take 400. */
export const MAX_LARGE_HEAP_MB = 384;
const LARGE = 4 * 1024 * 1024;
/** Bytes that are looked at to tell JSON from YAML. */
const MAX_LOOK = 1024;
/** Of short-lived objects: the default lets them take three times as much beside the heap. */
const MAX_YOUNG_MB = 16;

/** For so long a thread waits for another document. */
const KEPT_MS = 5000;

/** One at a time: each may take much memory. */
const turns = new ThreadTurns();

/**
 * Makes a service of a document, in a thread of its own: how long that takes is the document's to say.
 *
 * @param bytes given away: their buffer is empty afterwards
 * @throws UpstreamError when it is no document, takes too much time or memory, or the signal has aborted.
 */
export function compileDocument(
  bytes: Uint8Array<ArrayBuffer>,
  entry: OpenApiUpstream,
  signal: AbortSignal,
): Promise<OpenApiService> {
  return turns.take(entry.name, bytes.length, () => inThread({ bytes, entry }, signal));
}

async function inThread(job: DocumentJob, signal: AbortSignal): Promise<OpenApiService> {
  signal.throwIfAborted();
  const isJson = looksLikeJson(new TextDecoder().decode(job.bytes.subarray(0, MAX_LOOK)));
  const heap = job.bytes.length > LARGE && isJson ? MAX_LARGE_HEAP_MB : MAX_HEAP_MB;
  const worker = takeKept(heap) ?? newWorker(heap);
  const over = AbortSignal.any([signal, AbortSignal.timeout(DOCUMENT_TIMEOUT_MS)]);
  let isWell = false;
  try {
    const service = await received(worker, job, over);
    isWell = true;
    return service;
  } catch (error) {
    if (error instanceof UpstreamError) isWell = true;
    if (isWell || signal.aborted) throw error;
    if (over.aborted) throw malformed('The document takes too long to read');
    if ((error as { code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY') {
      throw malformed(
        `The document takes too much memory to read${isJson ? '' : ': its JSON form takes less'}`,
      );
    }
    throw malformed(`The document cannot be read: ${(error as Error).message}`);
  } finally {
    forget(worker);
    if (isWell) keep(worker, heap);
    else await worker.terminate();
  }
}

function newWorker(heap: number): Worker {
  return new Worker(new URL('./document.worker.js', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: heap, maxYoungGenerationSizeMb: MAX_YOUNG_MB },
    // What the libraries write is nothing to a channel of ours.
    stdout: true,
    stderr: true,
  });
}

/** A thread that waits for another document: several are often read one after another. */
let kept: { readonly worker: Worker; readonly heap: number; readonly ending: NodeJS.Timeout } | undefined;

function takeKept(heap: number): Worker | undefined {
  if (kept === undefined) return undefined;
  const { worker } = kept;
  const isFit = kept.heap === heap;
  clearTimeout(kept.ending);
  kept = undefined;
  forget(worker);
  if (!isFit) {
    void worker.terminate();
    return undefined;
  }
  worker.ref();
  return worker;
}

/** Of all events at once, it would lose the listeners that it has of its own. */
function forget(worker: Worker): void {
  for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
  // It may still run out of memory while it is being ended: an 'error' that nobody hears ends the process.
  worker.on('error', () => undefined);
}

/** The process does not wait for its end. */
function keep(worker: Worker, heap: number): void {
  const end = (): void => {
    if (kept?.worker === worker) kept = undefined;
    void worker.terminate();
  };
  worker.unref();
  worker.once('error', end).once('exit', end);
  kept = { worker, heap, ending: setTimeout(end, KEPT_MS).unref() };
}

async function received(worker: Worker, job: DocumentJob, over: AbortSignal): Promise<OpenApiService> {
  const news = newsOf(worker, over);
  worker.postMessage(job, [job.bytes.buffer]);
  const first = await news();
  if ('failure' in first) throw new UpstreamError(first.failure.kind, first.failure.message);
  if (!('head' in first)) throw malformed('The document cannot be read');
  const parts = new PartsReader();
  const slices = new Slices();
  for (;;) {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, and no window
    worker.postMessage('next');
    const next = await news();
    if (!('part' in next) || next.part.operations.length === 0) break;
    parts.add(next.part);
    if (slices.isOver) await slices.next(over);
  }
  return { ...first.head, baseUrl: new URL(first.head.baseUrl), operations: parts.operations };
}

/** Answers how to wait for what the worker tells next. @throws what it has ended of, or the reason of the signal. */
function newsOf(worker: Worker, over: AbortSignal): () => Promise<DocumentNews> {
  const ended = Promise.withResolvers<never>();
  // Nobody may be waiting just then.
  ended.promise.catch(() => undefined);
  worker.once('error', ended.reject);
  worker.once('exit', (code) => ended.reject(new Error(`Its thread has ended with ${code}`)));
  over.addEventListener('abort', () => ended.reject(over.reason as Error), { once: true });
  let next = Promise.withResolvers<DocumentNews>();
  worker.on('message', (news: DocumentNews) => next.resolve(news));
  return async () => {
    const news = await Promise.race([next.promise, ended.promise]);
    next = Promise.withResolvers();
    return news;
  };
}

const malformed = (message: string): UpstreamError => new UpstreamError('malformed', message);
