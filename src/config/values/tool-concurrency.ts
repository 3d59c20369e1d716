import { GLOB } from '../../core/glob.js';

/** How many calls of one tool may run at a time, and how many more may wait for that. */
export interface ToolConcurrency {
  /** Names of tools; `*` stands for any run of characters. */
  readonly pattern: string;
  readonly running: number;
  readonly waiting: number;
}

const MAX_CALLS = 10_000;

/** Reads one entry of TOOL_CONCURRENCY, `pattern=running/waiting`. Answers `undefined` for anything else. */
export function parseToolConcurrency(text: string): ToolConcurrency | undefined {
  const [, pattern = '', most, more] = /^([^=\s]+)\s*=\s*(\d{1,5})\s*\/\s*(\d{1,5})$/.exec(text) ?? [];
  const [running, waiting] = [Number(most), Number(more)];
  const isFit = GLOB.test(pattern) && running >= 1 && running <= MAX_CALLS && waiting <= MAX_CALLS;
  return isFit ? { pattern, running, waiting } : undefined;
}
