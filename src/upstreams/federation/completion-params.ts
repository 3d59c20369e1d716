import type { CompletionParams } from '../upstream.port.js';

/** What was typed of an argument, and what is settled already, where anything is: 2025-06-18 has brought that. */
export const typed = (
  name: string,
  value: string,
  settled: Readonly<Record<string, string>>,
): Omit<CompletionParams, 'ref'> => ({
  argument: { name, value },
  ...(Object.keys(settled).length > 0 && { context: { arguments: { ...settled } } }),
});
