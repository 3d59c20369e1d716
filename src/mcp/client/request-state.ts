import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../core/clock.js';
import type { InputResponses } from '../../core/client.port.js';
import type { Principal } from '../../core/principal.js';
import { boundedString, invalidParams, MAX_LENGTH } from '../protocol/params.js';
import type { Params } from '../protocol/message.js';
import { Sealer } from './sealer.js';

/** How long a client may take to come back with its answers. */
const LIFETIME_MS = 15 * 60 * 1000;

interface State {
  /** Milliseconds since the epoch: another replica may open it. */
  readonly expires: number;
  readonly responses: InputResponses;
}

/** The request that a state belongs to, in other words what must not change between the rounds. */
export interface StatefulRequest {
  readonly method: string;
  readonly params: Params;
  readonly principal: Principal;
}

/**
 * `requestState` of multi round-trip requests (2026-07-28, basic/patterns/mrtr): the answers of earlier rounds, sealed
 * for the principal and the request, with an expiry.
 */
@Injectable()
export class RequestStates {
  constructor(
    private readonly sealer: Sealer,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** @throws AppError `invalid_params` for answers that are too long. */
  seal(request: StatefulRequest, responses: InputResponses): string {
    const state: State = { expires: this.clock.now() + LIFETIME_MS, responses };
    const sealed = this.sealer.seal(purposeOf(request), state);
    if (sealed.length <= MAX_LENGTH.requestState) return sealed;
    throw invalidParams('params.inputResponses are too long to be kept for another round');
  }

  /** @throws AppError `invalid_params` for a state that is not ours, of another request or principal, or expired. */
  open(request: StatefulRequest, text: unknown): InputResponses {
    if (text === undefined) return {};
    const sealed = boundedString(text, 'params.requestState', MAX_LENGTH.requestState);
    const state = this.sealer.open(purposeOf(request), sealed);
    if (state === undefined) {
      throw invalidParams(
        'params.requestState is not a state that this server has given you for this request',
      );
    }
    const { expires, responses } = state as State;
    if (expires < this.clock.now())
      throw invalidParams('params.requestState has expired: send the request anew');
    return responses;
  }
}

function purposeOf({ method, params, principal }: StatefulRequest): string {
  const { _meta, inputResponses: _responses, requestState: _state, ...salient } = params;
  const digest = createHash('sha256').update(JSON.stringify(salient)).digest('base64url');
  return `state:${principal.id}:${method}:${digest}`;
}
