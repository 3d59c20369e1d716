import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import { StatusRegistry } from '../../observability/status.registry.js';

/** What /status says of what people and Prometheus look at: whether it is switched on. */
@Injectable()
export class PageStatus {
  constructor(@Inject(Configuration) { statusPage, metrics }: Configuration, status: StatusRegistry) {
    status.register('page', { summary: () => ({ enabled: statusPage.enabled }) });
    status.register('metrics', { summary: () => ({ enabled: metrics.enabled }) });
  }
}
