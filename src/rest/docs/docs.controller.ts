import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { AppError } from '../../core/errors.js';
import { Public } from '../../core/public.decorator.js';
import { replaceHeader } from '../../http/response.writer.js';
import { answerWith } from '../representation.js';
import { assetNamed } from './docs.assets.js';

/** Swagger UI sets styles of elements; nothing else is allowed that is not a file of this host. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** `/docs`: Swagger UI over `/openapi.json`. The page is for everybody, and asks for the key with which it goes on. */
@Public()
@Controller('docs')
export class DocsController {
  @Get()
  page(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.send('index.html', request, response);
  }

  @Get(':asset')
  asset(@Param('asset') name: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.send(name, request, response);
  }

  private async send(name: string, request: Request, response: Response): Promise<void> {
    const asset = await assetNamed(name);
    if (asset === undefined) throw new AppError('not_found', { detail: 'Nothing is served under this path' });
    replaceHeader(request, 'Content-Security-Policy', POLICY);
    replaceHeader(request, 'Cache-Control', 'no-cache');
    answerWith(request, response, asset.type, asset.content);
  }
}
