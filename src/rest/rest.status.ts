import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { StatusRegistry } from '../observability/status.registry.js';

/** What /status says of the faces for people and their scripts: which of them answer. */
@Injectable()
export class RestStatus {
  constructor(@Inject(Configuration) { rest }: Configuration, status: StatusRegistry) {
    status.register('rest', { summary: () => ({ enabled: rest.enabled, docs: rest.docs }) });
  }
}
