import { Global, Module } from '@nestjs/common';
import { Clock, SteadyClock, systemClock, systemSteadyClock } from './clock.js';
import { Lifecycle } from './lifecycle.js';

@Global()
@Module({
  providers: [
    Lifecycle,
    { provide: Clock, useValue: systemClock },
    { provide: SteadyClock, useValue: systemSteadyClock },
  ],
  exports: [Lifecycle, Clock, SteadyClock],
})
export class CoreModule {}
