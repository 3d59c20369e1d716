import { unlessAborted } from '../../core/cancellation.js';
import type { OpenApiUpstream } from '../file/upstream.entry.js';
import type { RawDocument } from './document.source.js';
import { compileDocument } from './document.thread.js';
import type { OpenApiService } from './openapi.service.js';

/** A translation that is being made, which ends when nobody waits for it any more. */
interface Coming {
  readonly service: Promise<OpenApiService>;
  readonly over: AbortController;
  waiting: number;
}

/** What documents have become: one translation for each, however many callers have a connection of their own. */
export class DocumentTranslations {
  /** For as long as a connection has it. */
  private readonly made = new Map<string, WeakRef<OpenApiService>>();
  private readonly coming = new Map<string, Coming>();

  /** @param onMade called once for each translation. */
  constructor(private readonly onMade: (service: OpenApiService, entry: OpenApiUpstream) => void) {}

  /** @throws UpstreamError when it is no document, takes too much time or memory; the reason of the signal. */
  async of(document: RawDocument, entry: OpenApiUpstream, signal: AbortSignal): Promise<OpenApiService> {
    const key = `${entry.name} ${entry.digest} ${document.digest}`;
    const made = this.made.get(key)?.deref();
    if (made !== undefined) return made;
    const coming = this.coming.get(key) ?? this.begin(key, document, entry);
    coming.waiting += 1;
    try {
      return await unlessAborted(coming.service, signal);
    } finally {
      coming.waiting -= 1;
      if (coming.waiting === 0) {
        this.coming.delete(key);
        coming.over.abort(signal.reason);
      }
    }
  }

  private begin(key: string, { bytes }: RawDocument, entry: OpenApiUpstream): Coming {
    const over = new AbortController();
    const service = compileDocument(bytes, entry, over.signal).then((compiled) => {
      for (const [other, one] of this.made) if (one.deref() === undefined) this.made.delete(other);
      this.made.set(key, new WeakRef(compiled));
      this.onMade(compiled, entry);
      return compiled;
    });
    // Whoever waited may have gone.
    service.catch(() => undefined);
    const coming = { service, over, waiting: 0 };
    this.coming.set(key, coming);
    return coming;
  }
}
