import { Injectable } from '@nestjs/common';
import { InputRequired } from '../../core/input-required.js';
import { isObject } from '../../core/is-object.js';
import { answersTo } from '../client/input-responses.js';
import type { Params } from '../protocol/message.js';
import type { McpCall, MethodResult } from '../dispatch/mcp-method.js';
import { RequestStates } from '../client/request-state.js';

/** Ends a round of a multi round-trip request with `input_required` when its handler has to ask the client. */
@Injectable()
export class InputRounds {
  constructor(private readonly states: RequestStates) {}

  /** Runs the handler; in the stateless era its wish to ask becomes the result. */
  async run(
    method: string,
    params: Params,
    { context }: McpCall,
    handler: () => Promise<MethodResult>,
  ): Promise<MethodResult> {
    try {
      return await handler();
    } catch (error) {
      if (!(error instanceof InputRequired)) throw error;
      const request = { method, params, principal: context.principal };
      return {
        resultType: 'input_required',
        inputRequests: error.requests,
        requestState: this.states.seal(request, this.answersSoFar(request)),
      };
    }
  }

  /** What later rounds need of this one: every answer that has come, whichever request it was for. */
  private answersSoFar(request: Parameters<RequestStates['seal']>[0]): ReturnType<typeof answersTo> {
    const { inputResponses, requestState } = request.params;
    const earlier = this.states.open(request, requestState);
    const now = isObject(inputResponses) ? inputResponses : {};
    return {
      ...earlier,
      ...Object.fromEntries(Object.entries(now).filter(([, value]) => isObject(value))),
    } as ReturnType<typeof answersTo>;
  }
}
