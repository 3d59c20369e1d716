import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { callerOf } from './caller.js';
import { OpenApiDocuments } from './openapi/openapi.service.js';
import { answerJson, represent } from './representation.js';
import { ToolCalls } from './tool-calls.service.js';
import { ToolListing } from './tool-listing.service.js';

/** Where clients of mcpo look for the document of a server whose tools they call by `POST {server}/{tool}`. */
const DOCUMENT = 'openapi.json';

/** `/tools`: what MCP serves as `tools/list` and `tools/call`, for clients that speak HTTP and JSON alone. */
@Controller('tools')
export class ToolsController {
  constructor(
    private readonly listing: ToolListing,
    private readonly calls: ToolCalls,
    private readonly documents: OpenApiDocuments,
  ) {}

  @Get()
  list(@Req() request: Request, @Res() response: Response): void {
    answerJson(request, response, represent(this.listing.page(callerOf(request), request.query)));
  }

  @Get(':name')
  async describe(
    @Param('name') name: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const principal = callerOf(request);
    const answer =
      name === DOCUMENT
        ? await this.documents.documentFor(principal, 'tools')
        : represent(this.listing.one(principal, name));
    answerJson(request, response, answer);
  }

  @Post(':name')
  call(@Param('name') name: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.calls.serve(name, request, response);
  }

  @Post(':name/explain')
  explain(@Param('name') name: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.calls.explain(name, request, response);
  }
}
