import { parseAnswer } from '../../core/json/answer.js';
import { isObject } from '../../core/is-object.js';
import type { RequestedCall } from '../server/chat-server.port.js';

/** What the model gave to a tool, with its numbers as they were written; or what is wrong with it, for the model. */
export type CallArguments =
  { readonly args: Record<string, unknown> } | { readonly args?: undefined; readonly problem: string };

const NO_OBJECT = {
  problem: 'The arguments are no JSON object. Write them as one JSON object, and call again.',
};
const CUT = {
  problem: 'The call was cut off before its arguments were complete. Call again, with shorter ones.',
};

/** Never arguments that the model did not give: what cannot be read in one way alone is a problem. */
export function argumentsOf({ arguments: text, isCut = false }: RequestedCall): CallArguments {
  if (isCut) return CUT;
  // Several servers write nothing at all for a tool without parameters.
  if (text.trim() === '') return { args: {} };
  try {
    const value = parseAnswer(text);
    // Others write the text of a text.
    const args = typeof value === 'string' ? parseAnswer(value) : value;
    return isObject(args) ? { args } : NO_OBJECT;
  } catch {
    return NO_OBJECT;
  }
}
