import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import type { Cancellation } from '../../core/cancellation.js';
import { AppError } from '../../core/errors.js';
import type { Principal } from '../../core/principal.js';
import { inSlices } from '../../core/slices.js';
import { ToolCaller } from '../../tools/call/tool-caller.service.js';
import type { RegisteredTool } from '../../tools/tool.registry.js';
import type { Turn } from '../conversations/conversation.js';
import { mostFitting } from './tool-fit.js';
import { ToolOffer } from './tool-offer.js';

/** At most this many unknown names are repeated to whoever sent them. */
const MAX_NAMED = 5;

/** Chooses the tools of a turn. */
@Injectable()
export class ToolOffers {
  private readonly max: number;

  constructor(
    @Inject(Configuration) { chat }: Configuration,
    private readonly caller: ToolCaller,
  ) {
    this.max = chat.maxTools;
  }

  /**
   * The wanted tools, or all that the principal may call. A tool that asks its user questions first is left out: nobody
   * can be asked here.
   *
   * @throws AppError `unknown_tool` when a wanted tool does not exist, or may not be called: the two look the same.
   */
  usableFor(principal: Principal, wanted: false | readonly string[] | undefined): readonly RegisteredTool[] {
    if (wanted === false) return [];
    const usable = this.caller
      .visibleTo(principal)
      .filter(({ definition }) => definition.inputs === undefined);
    if (wanted === undefined) return usable;
    const byName = new Map(usable.map((tool) => [tool.definition.name, tool]));
    const unknown = wanted.filter((name) => !byName.has(name));
    if (unknown.length > 0) {
      throw new AppError('unknown_tool', {
        detail: `tools names what is no tool for this chat: ${unknown.slice(0, MAX_NAMED).join(', ')}`,
        data: { unknownTools: unknown.slice(0, MAX_NAMED) },
      });
    }
    return [...new Set(wanted)].map((name) => byName.get(name)!);
  }

  /**
   * What of them the model is offered: CHAT_MAX_TOOLS, those of the conversation so far first, then those that fit the
   * question best. @throws the reason of the cancellation.
   */
  async choose(
    usable: readonly RegisteredTool[],
    question: string,
    history: readonly Turn[],
    cancellation: Cancellation,
  ): Promise<ToolOffer> {
    if (usable.length <= this.max) return new ToolOffer(usable);
    const used = new Set(
      history.flatMap(
        ({ ending }) => ending?.rounds.flatMap(({ calls }) => calls.map(({ name }) => name)) ?? [],
      ),
    );
    const steps = mostFitting(usable, question, this.max, (name) => used.has(name));
    return new ToolOffer(await inSlices(steps, cancellation.signal), usable.length - this.max);
  }
}
