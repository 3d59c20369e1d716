import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { callerOf } from './caller.js';
import { answerJson } from './representation.js';
import { ToolCalls } from './tool-calls.service.js';
import { ToolListing } from './tool-listing.service.js';

/** `/tools`: what MCP serves as `tools/list` and `tools/call`, for clients that speak HTTP and JSON alone. */
@Controller('tools')
export class ToolsController {
  constructor(
    private readonly listing: ToolListing,
    private readonly calls: ToolCalls,
  ) {}

  @Get()
  list(@Req() request: Request, @Res() response: Response): void {
    answerJson(request, response, this.listing.page(callerOf(request), request.query));
  }

  @Get(':name')
  describe(@Param('name') name: string, @Req() request: Request, @Res() response: Response): void {
    answerJson(request, response, this.listing.one(callerOf(request), name));
  }

  @Post(':name')
  call(@Param('name') name: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.calls.serve(name, request, response);
  }
}
