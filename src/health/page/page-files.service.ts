import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Configuration } from '../../config/configuration.js';
import { AppError } from '../../core/errors.js';
import { entityTag, isKnown } from '../../http/entity-tag.js';

/** The files of the page stand beside this one, in src/ and in dist/ alike. */
const DIRECTORY = new URL('./static/', import.meta.url);
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const DOCUMENT = 'index.html';

/**
 * What the page may do: nothing but load its own files and ask this server. No text becomes markup or a script there,
 * not even by a mistake of ours (Trusted Types).
 */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

interface PageFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly tags: Readonly<Record<'gzip' | 'identity', string>>;
  gzipped?: Buffer;
}

/** The static files of the status page. They are read once, at the start, and not at all when the page is off. */
@Injectable()
export class PageFiles {
  readonly isOn: boolean;
  private readonly files: ReadonlyMap<string, PageFile>;

  constructor(@Inject(Configuration) { statusPage }: Configuration) {
    this.isOn = statusPage.enabled;
    this.files = new Map(statusPage.enabled ? readFiles() : []);
  }

  sendDocument(request: Request, response: Response): void {
    response.set('Content-Security-Policy', PAGE_POLICY);
    this.send(DOCUMENT, request, response);
  }

  /**
   * Sends a file that browsers may keep and ask about (RFC 9111, 5.2.2.4): after an upgrade none of them mixes the
   * files of two versions.
   *
   * @throws AppError `not_found` for a name that is none of them.
   */
  send(name: string, request: Request, response: Response): void {
    const file = this.files.get(name);
    if (file === undefined) throw new AppError('not_found', { detail: 'The page has no such file' });
    const coding = request.acceptsEncodings('gzip', 'identity') === 'gzip' ? 'gzip' : 'identity';
    const tag = file.tags[coding];
    response.vary('Accept-Encoding');
    response.set({ 'Cache-Control': 'no-cache', ETag: tag });
    if (isKnown(tag, request.headers['if-none-match'])) {
      response.status(304).end();
      return;
    }
    if (coding === 'gzip') response.set('Content-Encoding', coding);
    const body = coding === 'gzip' ? (file.gzipped ??= gzipSync(file.plain)) : file.plain;
    response.set({ 'Content-Type': file.type, 'Content-Length': String(body.length) }).end(body);
  }
}

function readFiles(): [string, PageFile][] {
  return readdirSync(DIRECTORY)
    .filter((name) => extname(name) in TYPES)
    .map((name) => {
      const plain = readFileSync(new URL(name, DIRECTORY));
      const tags = { gzip: entityTag(plain, 'gzip'), identity: entityTag(plain) };
      return [name, { type: TYPES[extname(name)]!, plain, tags }];
    });
}
