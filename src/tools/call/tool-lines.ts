import type { ToolConcurrency } from '../../config/values/tool-concurrency.js';
import { FairLine } from '../../core/bounds/fair-line.js';
import { globMatches } from '../../core/glob.js';
import type { ToolDefinition } from '../tool-definition.js';

/**
 * Of a long tool of ours for which TOOL_CONCURRENCY says nothing: each call may be a process that runs for seconds. A
 * quarter of it, which is what one caller usually has, does for an agent that looks at several targets at a time.
 */
export const LONG_TOOL = { running: 32, waiting: 32 } as const;
/** The part of its deadline that a call may wait for its turn: what is left has to do for the work. */
export const PATIENCE = 0.4;

/** How many calls of one tool run at a time, tool by tool. */
export class ToolLines {
  private readonly lines = new WeakMap<ToolDefinition, FairLine>();

  /** @param sharePercent of each line that one principal may have. */
  constructor(
    private readonly configured: readonly ToolConcurrency[],
    private readonly sharePercent: number,
  ) {}

  /** The line before a tool; `undefined` where the places for all calls are its only bound. */
  of(definition: ToolDefinition): FairLine | undefined {
    const isLong = definition.duration === 'long' && definition.upstream === undefined;
    if (!isLong && this.configured.length === 0) return undefined;
    const known = this.lines.get(definition);
    if (known !== undefined) return known;
    const own = this.configured.find(({ pattern }) => globMatches(pattern, definition.name));
    const bounds = own ?? (isLong ? LONG_TOOL : undefined);
    if (bounds === undefined) return undefined;
    const line = new FairLine(bounds.running, bounds.waiting, this.sharePercent);
    this.lines.set(definition, line);
    return line;
  }
}
