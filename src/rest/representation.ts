import type { Request, Response } from 'express';
import { AppError } from '../core/errors.js';
import { entityTag, isKnown } from '../http/entity-tag.js';
import { answer, replaceHeader } from '../http/response.writer.js';
import { requestContext } from '../observability/request-context.js';

/** A text and the entity tag of it. */
export interface Representation {
  readonly body: string;
  readonly tag: string;
}

export const represent = (body: string): Representation => ({ body, tag: entityTag(body) });

/**
 * Answers GET and HEAD with JSON that a client may keep for itself and has to ask about each time (RFC 9111, 5.2.2.7
 * and 5.2.2.4).
 *
 * @throws AppError `not_acceptable` for a client that takes no JSON.
 */
export function answerJson(request: Request, response: Response, representation: Representation): void {
  if (request.accepts('application/json') === false) throw notAcceptable('application/json');
  replaceHeader(request, 'Cache-Control', 'private, no-cache');
  requestContext(request).responseHeaders.push('Vary', 'Authorization, x-api-key');
  answerWith(request, response, 'application/json', representation);
}

/** Answers with the text; with 304 whoever has this very text already (RFC 9110, 13.1.2). */
export function answerWith(
  request: Request,
  response: Response,
  type: string,
  { body, tag }: Representation,
): void {
  if (isKnown(tag, request.headers['if-none-match'])) answer(response, 304, ['ETag', tag], '');
  else answer(response, 200, ['Content-Type', type, 'ETag', tag], body);
}

export const notAcceptable = (...forms: string[]): AppError =>
  new AppError('not_acceptable', { detail: `This can be had as ${forms.join(' or ')} alone` });
