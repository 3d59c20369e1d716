/** Figures kept: ten minutes of them at one in ten seconds. */
export const KEPT = 60;
const MAX_TOOLS = 200;

/**
 * How the latency of each tool went while this page was open; the server keeps no such thing.
 *
 * @typedef {Map<string, readonly (number | null)[]>} History
 */

/**
 * @param {History} history
 * @param {readonly import('./reading.js').Latency[]} latencies
 * @returns {History}
 */
export function remember(history, latencies) {
  const now = new Map(latencies.slice(0, MAX_TOOLS).map(({ tool, p95Ms }) => [tool, p95Ms]));
  return new Map([...now].map(([tool, value]) => [tool, [...(history.get(tool) ?? []), value].slice(-KEPT)]));
}
