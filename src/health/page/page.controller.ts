import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Public } from '../../core/public.decorator.js';
import { PageFiles } from './page-files.service.js';

/** `GET /page/{file}`: what the document at `/` loads. */
@Public()
@Controller('page')
export class PageController {
  constructor(private readonly files: PageFiles) {}

  @Get(':file')
  file(@Param('file') name: string, @Req() request: Request, @Res() response: Response): void {
    this.files.send(name, request, response);
  }
}
