import { Module } from '@nestjs/common';
import { ProbePolicy } from './probe-policy.service.js';

/** Where a probe may go. */
@Module({ providers: [ProbePolicy], exports: [ProbePolicy] })
export class PolicyModule {}
