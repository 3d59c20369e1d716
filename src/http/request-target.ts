import type { IncomingMessage, RequestListener } from 'node:http';
import { AppError } from '../core/errors.js';

/** What stands for the server as a whole, or, in place of a target that nobody can read, for nothing. */
const NO_PATH = '*';

/**
 * Hands on requests whose target is a path, as Express needs it: it reads any other by `url.parse`, which throws for
 * some, and such a request would pass by everything that is there for all. Of a URL (RFC 9112, 3.2.2,
 * "absolute-form") its path and query are left.
 */
export const withPath =
  (listener: RequestListener): RequestListener =>
  (request, response) => {
    if (request.url?.startsWith('/') !== true) request.url = pathOf(request);
    listener(request, response);
  };

function pathOf({ url = NO_PATH }: IncomingMessage): string {
  if (!URL.canParse(url)) return NO_PATH;
  const { protocol, pathname, search } = new URL(url);
  return protocol === 'http:' || protocol === 'https:' ? pathname + search : NO_PATH;
}

/** @throws AppError `bad_request` for a target that is neither a path nor a URL, nor the one that OPTIONS may have */
export function checkTarget({ url, method }: IncomingMessage): void {
  if (url !== NO_PATH || method === 'OPTIONS') return;
  throw new AppError('bad_request', {
    detail: 'The target of the request is neither a path nor a URL',
    mend: 'Send a path that begins with a slash.',
  });
}
