import { Module } from '@nestjs/common';
import { BuiltInDenials } from './denials/built-in-denials.service.js';
import { HostFacts } from './denials/host-facts.service.js';
import { OwnEndpoints } from './denials/own-endpoints.service.js';
import { ProbePolicy } from './probe-policy.service.js';

/** Where a probe may go. By itself it holds no rules: PolicyFileModule puts those of the operator into force. */
@Module({
  providers: [HostFacts, OwnEndpoints, BuiltInDenials, ProbePolicy],
  exports: [OwnEndpoints, ProbePolicy],
})
export class PolicyModule {}
