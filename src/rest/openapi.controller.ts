import { Controller, Get, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { callerOf } from './caller.js';
import { OpenApiDocuments } from './openapi/openapi.service.js';
import { answerJson } from './representation.js';

/** `/openapi.json`: what a client that is generated, or that imports tools, needs to know. */
@Controller('openapi.json')
export class OpenApiController {
  constructor(private readonly documents: OpenApiDocuments) {}

  @Get()
  async document(@Req() request: Request, @Res() response: Response): Promise<void> {
    answerJson(request, response, await this.documents.documentFor(callerOf(request), 'root'));
  }
}
