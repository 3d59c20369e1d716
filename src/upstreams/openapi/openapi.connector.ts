import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { HttpPools } from '../../resilience/http/http-pools.service.js';
import type { OpenApiUpstream } from '../file/upstream.entry.js';
import type { ConnectOptions, UpstreamConnection, UpstreamConnector } from '../upstream.port.js';
import { fetchDocument, isUrl, readDocumentFile } from './document.source.js';
import { DocumentTranslations } from './document.translations.js';
import { OpenApiConnection } from './openapi.connection.js';
import { toUpstreamError } from './openapi.failure.js';
import type { OpenApiService } from './openapi.service.js';

/** Of the operations that a document loses, the log names so many; `/status` has more. */
const MAX_LOGGED = 10;

/** Makes upstreams of the documents of HTTP APIs. */
@Injectable()
export class OpenApiConnector implements UpstreamConnector<OpenApiUpstream> {
  private readonly translations = new DocumentTranslations((service, entry) => this.tell(service, entry));

  constructor(
    private readonly pools: HttpPools,
    @InjectPinoLogger(OpenApiConnector.name) private readonly logger: PinoLogger,
  ) {}

  async connect({
    entry,
    signal,
    forwardedHeaders,
  }: ConnectOptions<OpenApiUpstream>): Promise<UpstreamConnection> {
    const headers = { ...entry.headers, ...forwardedHeaders };
    const load = async (until: AbortSignal): Promise<OpenApiService> => {
      try {
        const document = isUrl(entry.openapi)
          ? await fetchDocument(entry, headers, this.pools.fetch, until)
          : await readDocumentFile(entry.openapi, until);
        return await this.translations.of(document, entry, until);
      } catch (error) {
        throw toUpstreamError(error, until);
      }
    };
    const options = { name: entry.name, fetch: this.pools.fetch, load, headers };
    return new OpenApiConnection(options, await load(signal));
  }

  private tell({ leftOut, leftOutCount }: OpenApiService, { name }: OpenApiUpstream): void {
    if (leftOutCount === 0) return;
    const first = leftOut.slice(0, MAX_LOGGED);
    this.logger.warn(
      { upstream: name, leftOut: first, leftOutCount },
      'Operations of the document are left out',
    );
  }
}
