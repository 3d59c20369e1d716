import type { InputRequests } from './client.port.js';

/**
 * Thrown through a handler when its client has to be asked before the call can go on, and cannot be asked while it
 * waits. The protocol layer turns it into an `input_required` result (MCP 2026-07-28, basic/patterns/mrtr).
 */
export class InputRequired extends Error {
  override readonly name = 'InputRequired';

  constructor(readonly requests: InputRequests) {
    super('The client has to be asked first');
  }
}
