import { parentPort } from 'node:worker_threads';
import { UpstreamError } from '../upstream.error.js';
import { readDocument } from './document.loader.js';
import type { DocumentJob, DocumentNews, DocumentOrder } from './document.thread.js';
import { describeService, type OpenApiService } from './openapi.service.js';

/** Characters of JSON that are sent at once, about: who receives them has other things to do. */
const MAX_PART = 131_072;

const port = parentPort!;
// A port, and no window that could lead elsewhere.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
const tell = (news: DocumentNews): void => port.postMessage(news);

let parts: Iterator<[string, never][]> = [].values();

async function run({ text, entry }: DocumentJob): Promise<void> {
  try {
    const { operations, baseUrl, ...head } = describeService(entry, await readDocument(text));
    parts = partsOf(operations);
    tell({ head: { ...head, baseUrl: baseUrl.href } });
  } catch (error) {
    const { kind } = error instanceof UpstreamError ? error : { kind: 'malformed' as const };
    tell({ failure: { kind, message: (error as Error).message } });
  }
}

function* partsOf(operations: OpenApiService['operations']): Generator<[string, never][]> {
  let part: [string, never][] = [];
  let length = 0;
  for (const [name, operation] of operations) {
    part.push([name, operation as never]);
    length += JSON.stringify(operation).length;
    if (length < MAX_PART) continue;
    yield part;
    [part, length] = [[], 0];
  }
  if (part.length > 0) yield part;
}

port.on('message', (order: DocumentOrder) => {
  if (order === 'next') tell({ operations: (parts.next().value as [string, never][] | undefined) ?? [] });
  else void run(order);
});
