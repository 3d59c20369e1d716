import { UnknownToolError } from '../tools/call/tool-caller.service.js';
import { ToolError } from '../tools/tool-error.js';

/**
 * Those of the candidates that begin with what was typed, each once, in their order. A completion is a help: where the
 * candidates cannot be read, or are not for the principal to see, there are none.
 */
export async function suggest(typed: string, candidates: Promise<readonly string[]>): Promise<string[]> {
  try {
    const wanted = typed.toLowerCase();
    return [...new Set(await candidates)].filter((candidate) => candidate.toLowerCase().startsWith(wanted));
  } catch (error) {
    if (error instanceof ToolError || error instanceof UnknownToolError) return [];
    throw error;
  }
}
