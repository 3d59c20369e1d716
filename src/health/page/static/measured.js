import { cut, milliseconds, plural } from './format.js';
import { isObject } from './schema-form.js';

/**
 * What of an answer can be drawn, by its form: whoever answers like `network_traceroute` or `network_ping` is drawn
 * like them. Everything here may come from a stranger, and is looked at before it is used.
 *
 * @typedef {import('./chart.js').Row} Row
 * @typedef {{ kind: 'path', rows: readonly Row[], summary: string }} Path
 * @typedef {{
 *   kind: 'replies',
 *   times: readonly (number | null)[],
 *   mean: number | null,
 *   rows: readonly Row[],
 *   summary: string,
 * }} Replies
 */

const MAX_ROWS = 64;
const MAX_TIMES = 200;

/**
 * @param {unknown} answer
 * @returns {Path | Replies | undefined}
 */
export function measuredIn(answer) {
  if (!isObject(answer)) return undefined;
  return pathIn(answer) ?? repliesIn(answer);
}

/**
 * @param {Record<string, unknown>} answer
 * @returns {Path | undefined}
 */
function pathIn({ hops, target, address, reached }) {
  if (!Array.isArray(hops) || hops.length === 0) return undefined;
  const shown = hops.slice(0, MAX_ROWS);
  if (!shown.every((hop) => isObject(hop) && typeof hop['ttl'] === 'number' && Array.isArray(hop['probes'])))
    return undefined;
  const rows = shown.map((hop, at) => hopOf(hop, reached === true && at === hops.length - 1, address));
  const end = reached === true ? 'reached' : 'not reached';
  const last = rows.findLast(({ times }) => times.some((ms) => ms !== null));
  const way =
    last === undefined ? 'nothing answered' : `the last answer came from ${last.label}, ${last.time}`;
  return {
    kind: 'path',
    rows,
    summary: `The way to ${nameOf(target)}: ${end}, ${plural(hops.length, 'hop')}; ${way}.`,
  };
}

/**
 * @param {Record<string, unknown>} hop
 * @param {boolean} isEnd
 * @param {unknown} target
 * @returns {Row}
 */
function hopOf(hop, isEnd, target) {
  const probes = /** @type {unknown[]} */ (hop['probes']).slice(0, MAX_TIMES);
  const times = probes.map((probe) => timeOf(isObject(probe) ? probe['ms'] : null));
  const addresses = probes.flatMap((probe) =>
    isObject(probe) && typeof probe['address'] === 'string' ? [probe['address']] : [],
  );
  const several = [...new Set(addresses)];
  return {
    key: `hop ${String(hop['ttl'])}`,
    mark: String(hop['ttl']).slice(0, 3),
    label: several.length === 0 ? 'no answer' : several.slice(0, 3).join(', '),
    time: meanOf(times),
    loss: lossText(lossOf(times)),
    times,
    lossPercent: lossOf(times),
    isEnd: isEnd || (typeof target === 'string' && several.includes(target)),
  };
}

/**
 * @param {Record<string, unknown>} answer
 * @returns {Replies | undefined}
 */
function repliesIn(answer) {
  const { replies, transmitted, others } = answer;
  if (!Array.isArray(replies) || typeof transmitted !== 'number' || transmitted < 1) return undefined;
  /** @type {(number | null)[]} */
  const times = Array.from({ length: Math.min(transmitted, MAX_TIMES) }, () => null);
  for (const reply of replies.slice(0, MAX_TIMES)) {
    if (!isObject(reply) || typeof reply['seq'] !== 'number' || reply['duplicate'] === true) continue;
    const at = reply['seq'] - 1;
    if (at in times) times[at] = timeOf(reply['ms']);
  }
  const answered = times.filter((ms) => ms !== null);
  const further = Array.isArray(others) ? others.slice(0, MAX_ROWS).filter(isObject) : [];
  return {
    kind: 'replies',
    times,
    mean: answered.length === 0 ? null : answered.reduce((sum, ms) => sum + ms, 0) / answered.length,
    rows: further.length === 0 ? [] : [answer, ...further].map(targetRow),
    summary: `${nameOf(answer['target'])}: ${answered.length} of ${plural(transmitted, 'request')} answered${answered.length === 0 ? '' : `, mean ${meanOf(times)}`}.`,
  };
}

/**
 * @param {Record<string, unknown>} result
 * @param {number} at
 * @returns {Row}
 */
function targetRow({ target, rttMs, lossPercent, error }, at) {
  const { min, avg, max } = isObject(rttMs) ? rttMs : {};
  const times = [min, avg, max].map(timeOf).filter((ms) => ms !== null);
  const loss = typeof lossPercent === 'number' ? lossPercent : 100;
  const code = isObject(error) && typeof error['code'] === 'string' ? cut(error['code'], 20) : '';
  return {
    key: `target ${at}`,
    mark: String(at + 1),
    label: nameOf(target),
    time: times.length === 0 ? '' : milliseconds(timeOf(avg) ?? 0),
    loss: code === '' ? lossText(loss) : code,
    times: times.length === 0 ? [null] : times,
    lossPercent: loss,
    isEnd: times.length > 0,
  };
}

/** @param {unknown} ms @returns {number | null} */
const timeOf = (ms) => (typeof ms === 'number' && Number.isFinite(ms) && ms >= 0 ? ms : null);

/** @param {unknown} target */
const nameOf = (target) => (typeof target === 'string' ? target.slice(0, 253) : 'the target');

/** @param {readonly (number | null)[]} times */
function lossOf(times) {
  const lost = times.filter((ms) => ms === null).length;
  return times.length === 0 ? 0 : (lost / times.length) * 100;
}

/** @param {readonly (number | null)[]} times */
function meanOf(times) {
  const answered = times.filter((ms) => ms !== null);
  return answered.length === 0
    ? ''
    : milliseconds(answered.reduce((sum, ms) => sum + ms, 0) / answered.length);
}

/** @param {number} percent */
const lossText = (percent) => (percent > 0 ? `${Math.round(percent)} % lost` : '');
