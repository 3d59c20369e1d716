import { Injectable } from '@nestjs/common';
import { AppError } from '../../core/errors.js';
import type { Principal } from '../../core/principal.js';
import { ToolCaller } from '../../tools/call/tool-caller.service.js';
import { ToolOffer } from './tool-offer.js';

/** At most this many unknown names are repeated to whoever sent them. */
const MAX_NAMED = 5;

/** Chooses the tools of a turn. */
@Injectable()
export class ToolOffers {
  constructor(private readonly caller: ToolCaller) {}

  /**
   * The wanted tools, or all that the principal may call. A tool that asks its user questions first is left out: nobody
   * can be asked here.
   *
   * @throws AppError `unknown_tool` when a wanted tool does not exist, or may not be called: the two look the same.
   */
  offerTo(principal: Principal, wanted: false | readonly string[] | undefined): ToolOffer {
    if (wanted === false) return new ToolOffer([]);
    const usable = this.caller
      .visibleTo(principal)
      .filter(({ definition }) => definition.inputs === undefined);
    if (wanted === undefined) return new ToolOffer(usable);
    const byName = new Map(usable.map((tool) => [tool.definition.name, tool]));
    const unknown = wanted.filter((name) => !byName.has(name));
    if (unknown.length > 0) {
      throw new AppError('unknown_tool', {
        detail: `tools names what is no tool for this chat: ${unknown.slice(0, MAX_NAMED).join(', ')}`,
        data: { unknownTools: unknown.slice(0, MAX_NAMED) },
      });
    }
    return new ToolOffer([...new Set(wanted)].map((name) => byName.get(name)!));
  }
}
