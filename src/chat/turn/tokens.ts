import { beginningOf } from '../../core/quote.js';

/**
 * Tokens of a text, by the usual rule of thumb: four characters each. What they really are only the model's own
 * tokenizer knows; a budget needs no better.
 */
const UNITS_PER_TOKEN = 4;

export const tokensIn = (text: string): number => Math.ceil(text.length / UNITS_PER_TOKEN);

/** The text within a budget: the end is cut off, and a notice says so. */
export function trimTo(text: string, maxTokens: number): string {
  const units = maxTokens * UNITS_PER_TOKEN;
  if (text.length <= units) return text;
  const kept = beginningOf(text, units);
  return `${kept}\n[cut here: ${text.length - kept.length} of ${text.length} characters left out; ask for less, or for a narrower question]`;
}
