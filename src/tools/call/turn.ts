import type { Aside, CallContext } from '../../core/call-context.js';
import type { FairLine } from '../../core/bounds/fair-line.js';
import { busyTool } from './call-failures.js';

/** The turn of one call in the line before its tool. */
export class Turn {
  private isHeld = false;
  private isOver = false;

  constructor(
    private readonly line: FairLine,
    private readonly tool: string,
    private readonly context: CallContext,
    private readonly patienceMs: number,
  ) {}

  /** Waits for it. @throws AppError `busy`; the reason of the cancellation. */
  async take(): Promise<void> {
    const { principal, cancellation } = this.context;
    const listen = (giveUp: () => void): (() => void) => cancellation.onCancel(giveUp);
    const noTurn = await this.line.enter(principal, this.patienceMs, listen);
    if (noTurn === 'given up') throw cancellation.reason;
    if (noTurn !== undefined) throw busyTool(this.tool, this.line, noTurn);
    this.isHeld = true;
    if (!this.isOver) return;
    // The call has ended between the turn and now: nobody else would give it back.
    this.leave();
    throw cancellation.reason;
  }

  /** For the context of the call: gives the turn back while it waits for others, and takes the next one then. */
  readonly aside: Aside = async (wait) => {
    // Aside already, or over.
    if (!this.isHeld) return await wait();
    this.leave();
    const found = await wait();
    if (this.context.cancellation.isCancelled) throw this.context.cancellation.reason;
    await this.take();
    return found;
  };

  /** Of a call that is over. */
  end(): void {
    this.isOver = true;
    this.leave();
  }

  private leave(): void {
    if (!this.isHeld) return;
    this.isHeld = false;
    this.line.leave(this.context.principal);
  }
}
