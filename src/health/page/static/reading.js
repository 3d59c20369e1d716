import { isObject } from './schema-form.js';

/**
 * What a report of /status says, in the form in which the views want it. Members that are missing are not shown: what
 * /status tells depends on the key, and on the version of the server.
 *
 * @typedef {Record<string, unknown>} Report
 * @typedef {{ tool: string, calls: number, p50Ms: number | null, p95Ms: number | null }} Latency
 * @typedef {{ at: string, code: string, what: string, correlationId: string }} Failure
 */

/** @param {unknown} value @returns {Report} */
export const section = (value) => (isObject(value) ? value : {});

/** @param {unknown} value @returns {readonly Report[]} */
export const list = (value) => (Array.isArray(value) ? value.filter(isObject) : []);

/** @param {unknown} value */
export const text = (value) => (typeof value === 'string' ? value : '');

/** @param {unknown} value @returns {number | null} */
const figure = (value) => (typeof value === 'number' && Number.isFinite(value) ? value : null);

/** Whether the key is one to which everything is shown. @param {Report} report */
export const isDetailed = (report) => isObject(report['configuration']);

/** @param {Report} report @returns {Latency[]} the slowest first */
export const latenciesIn = (report) =>
  Object.entries(section(section(report['tools'])['latencies']))
    .map(([tool, entry]) => {
      const { calls, p50Ms, p95Ms } = section(entry);
      return { tool, calls: figure(calls) ?? 0, p50Ms: figure(p50Ms), p95Ms: figure(p95Ms) };
    })
    .sort((one, other) => (other.p95Ms ?? 0) - (one.p95Ms ?? 0));

/** @param {Report} report @returns {Failure[]} latest first */
export const failuresIn = (report) =>
  list(section(report['errors'])['recent']).map((entry) => ({
    at: text(entry['at']),
    code: text(entry['code']),
    what: text(entry['tool']) || text(entry['method']),
    correlationId: text(entry['correlationId']),
  }));

/**
 * What the server warns of: the sentences where the key shows them, otherwise how many there are.
 *
 * @param {Report} report
 * @returns {{ count: number, sentences: readonly string[] }}
 */
export function warningsIn(report) {
  const { warnings } = report;
  if (Array.isArray(warnings)) return { count: warnings.length, sentences: warnings.map(String) };
  return { count: figure(warnings) ?? 0, sentences: [] };
}

/** The faces that are switched off, by name. @param {Report} report */
export function facesOff(report) {
  const off = Object.entries(report).flatMap(([name, value]) =>
    isObject(value) && value['enabled'] === false ? [name] : [],
  );
  const { rest } = report;
  return isObject(rest) && rest['enabled'] === true && rest['docs'] === false ? [...off, 'docs'] : off;
}
