import { Injectable } from '@nestjs/common';

export type LifecycleState = 'starting' | 'serving' | 'draining';

/** Where the process is in its life. Readiness follows it; liveness does not. */
@Injectable()
export class Lifecycle {
  private current: LifecycleState = 'starting';
  private readonly startedAt = performance.now();

  get state(): LifecycleState {
    return this.current;
  }

  /** Seconds since the application was created. */
  get uptimeSeconds(): number {
    return (performance.now() - this.startedAt) / 1000;
  }

  markServing(): void {
    if (this.current === 'starting') this.current = 'serving';
  }

  /** Draining is final: a process that has been told to stop never becomes ready again. */
  markDraining(): void {
    this.current = 'draining';
  }
}
