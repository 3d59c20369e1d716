import { parentPort } from 'node:worker_threads';
import { UpstreamError } from '../upstream.error.js';
import { readDocument } from './document.loader.js';
import { type Part, partsOf } from './document.parts.js';
import type { DocumentJob, DocumentNews, DocumentOrder } from './document.thread.js';
import { describeService } from './openapi.service.js';

const port = parentPort!;
// A port, and no window that could lead elsewhere.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
const tell = (news: DocumentNews): void => port.postMessage(news);

let parts: Iterator<Part> = [].values();

async function run({ bytes, entry }: DocumentJob): Promise<void> {
  try {
    const { operations, baseUrl, ...head } = describeService(entry, await readDocument(bytes));
    parts = partsOf(operations);
    tell({ head: { ...head, baseUrl: baseUrl.href } });
  } catch (error) {
    const { kind } = error instanceof UpstreamError ? error : { kind: 'malformed' as const };
    tell({ failure: { kind, message: (error as Error).message } });
  }
}

port.on('message', (order: DocumentOrder) => {
  if (order !== 'next') void run(order);
  else tell({ part: (parts.next().value as Part | undefined) ?? { definitions: [], operations: [] } });
});
