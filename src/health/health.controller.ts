import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Public } from '../core/public.decorator.js';
import { type HealthReport, HealthService } from './health.service.js';

interface Probe {
  readonly status: 'ok' | 'unavailable';
}

/** Probes. None needs a key, none is counted against a limit, none waits for a dependency. */
@Public()
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get()
  async report(@Res({ passthrough: true }) response: Response): Promise<HealthReport> {
    const report = await this.health.report();
    if (report.status === 'error') response.status(HttpStatus.SERVICE_UNAVAILABLE);
    return report;
  }

  /** The process alone: whoever restarts it cannot mend a dependency that way. */
  @Get('live')
  live(): Probe {
    return { status: 'ok' };
  }

  @Get('ready')
  ready(@Res({ passthrough: true }) response: Response): Probe {
    return probe(this.health.isReady, response);
  }

  @Get('startup')
  startup(@Res({ passthrough: true }) response: Response): Probe {
    return probe(this.health.hasStarted, response);
  }
}

function probe(holds: boolean, response: Response): Probe {
  if (holds) return { status: 'ok' };
  response.status(HttpStatus.SERVICE_UNAVAILABLE);
  return { status: 'unavailable' };
}
