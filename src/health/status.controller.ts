import { Controller, Get, Req } from '@nestjs/common';
import type { Request } from 'express';
import { principalOf } from '../access/request-principal.js';
import { KnowsKeys, Public } from '../core/public.decorator.js';
import { StatusService } from './status.service.js';

/** `GET /status`. A key is optional, and an `admin` one shows more. */
@Public()
@KnowsKeys()
@Controller('status')
export class StatusController {
  constructor(private readonly reports: StatusService) {}

  @Get()
  status(@Req() request: Request): Promise<Record<string, unknown>> {
    return this.reports.preparedFor(principalOf(request));
  }
}
