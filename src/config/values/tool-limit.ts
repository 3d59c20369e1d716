/** How often one caller may call a tool. */
export interface ToolLimit {
  /** Names of tools; `*` stands for any run of characters. */
  readonly pattern: string;
  readonly maxRequests: number;
  readonly windowMs: number;
}

const MAX_REQUESTS = 1_000_000_000;
const DAY_S = 24 * 60 * 60;

/** Reads one entry of RATE_LIMIT_TOOLS, `pattern=requests/seconds`. Answers `undefined` for anything else. */
export function parseToolLimit(text: string): ToolLimit | undefined {
  const [, pattern = '', max, window] = /^([\w.:/*-]+)\s*=\s*(\d{1,10})\s*\/\s*(\d{1,5})$/.exec(text) ?? [];
  const [maxRequests, seconds] = [Number(max), Number(window)];
  const isLimit =
    pattern !== '' && maxRequests >= 1 && maxRequests <= MAX_REQUESTS && seconds >= 1 && seconds <= DAY_S;
  return isLimit ? { pattern, maxRequests, windowMs: seconds * 1000 } : undefined;
}
