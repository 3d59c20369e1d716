import { Injectable } from '@nestjs/common';
import { HttpPools } from '../../resilience/http/http-pools.service.js';
import type { OpenApiUpstream } from '../file/upstream.entry.js';
import { UpstreamError } from '../upstream.error.js';
import type { ConnectOptions, UpstreamConnection, UpstreamConnector } from '../upstream.port.js';
import { compileDocument } from './document.thread.js';
import { isUrl, readDocumentFile } from './document.loader.js';
import { OpenApiConnection } from './openapi.connection.js';
import { toUpstreamError } from './openapi.failure.js';
import type { OpenApiService } from './openapi.service.js';

/** Makes upstreams of the documents of HTTP APIs. */
@Injectable()
export class OpenApiConnector implements UpstreamConnector<OpenApiUpstream> {
  constructor(private readonly pools: HttpPools) {}

  async connect({
    entry,
    signal,
    forwardedHeaders,
  }: ConnectOptions<OpenApiUpstream>): Promise<UpstreamConnection> {
    const headers = { ...entry.headers, ...forwardedHeaders };
    let last: { readonly text: string; readonly service: OpenApiService } | undefined;
    const load = async (until: AbortSignal): Promise<OpenApiService> => {
      try {
        const text = await this.read(entry, headers, until);
        // Large documents take a while to read, and most of the time they are what they were.
        if (text !== last?.text) last = { text, service: await compileDocument(text, entry, until) };
        return last.service;
      } catch (error) {
        throw toUpstreamError(error, until);
      }
    };
    const options = { name: entry.name, fetch: this.pools.fetch, load, headers };
    return new OpenApiConnection(options, await load(signal));
  }

  private async read(
    { openapi, baseUrl }: OpenApiUpstream,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<string> {
    if (!isUrl(openapi)) return readDocumentFile(openapi);
    // What is meant for the API goes to nobody else.
    const isOfTheApi = baseUrl !== undefined && new URL(baseUrl).origin === new URL(openapi).origin;
    const response = await this.pools.fetch(openapi, { signal, ...(isOfTheApi && { headers }) });
    if (response.ok) return response.text();
    await response.body?.cancel();
    const { status } = response;
    const kind = status >= 500 ? 'failed' : 'refused';
    throw new UpstreamError(kind, `Its document is answered with HTTP ${status}`, { status });
  }
}
