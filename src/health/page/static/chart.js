import { cut, milliseconds } from './format.js';
import { h } from './tree.js';

/**
 * Round trips as drawings, of the width that there is: pure functions from figures to SVG. A drawing says nothing that
 * the same answer in words does not; a screen reader has its summary.
 *
 * @typedef {{
 *   key: string,
 *   mark: string,
 *   label: string,
 *   time: string,
 *   loss: string,
 *   times: readonly (number | null)[],
 *   lossPercent: number,
 *   isEnd: boolean,
 * }} Row
 */

const NARROW = 560;
const RIGHT = 148;
const MARK = 13;
const TOP = 26;
/** Characters of a label; the whole of it is in the answer in words. */
const MAX_LABEL = 42;

/**
 * Rows with their round trips on one common scale, and a line that leads from each to the next.
 *
 * @param {readonly Row[]} rows
 * @param {{ width: number, summary: string, isPath: boolean }} options width in CSS pixels
 */
export function rowsChart(rows, { width, summary, isPath }) {
  const isNarrow = width < NARROW;
  const left = isNarrow ? 40 : Math.min(340, Math.round(width * 0.38));
  const rowHeight = isNarrow ? 50 : 32;
  const height = TOP + rows.length * rowHeight + 6;
  const ticks = ticksTo(
    Math.max(0, ...rows.flatMap(({ times }) => times.map((ms) => ms ?? 0))),
    isNarrow ? 2 : 5,
  );
  const scale = width - RIGHT - left;
  const x = (/** @type {number} */ ms) => round(left + (ms / (ticks.at(-1) ?? 1)) * scale);
  const y = (/** @type {number} */ at) => TOP + at * rowHeight + (isNarrow ? 34 : rowHeight / 2);
  const markY = (/** @type {number} */ at) => TOP + at * rowHeight + (isNarrow ? 18 : rowHeight / 2);
  return h(
    'svg',
    {
      class: 'chart',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-label': summary,
    },
    ticks.map((ms) => [
      h('line', { class: 'grid', x1: x(ms), x2: x(ms), y1: TOP - 6, y2: height - 4 }),
      h('text', { class: 'tick', x: x(ms), y: 12, 'text-anchor': 'middle' }, milliseconds(ms)),
    ]),
    isPath && rows.slice(1).map((row, at) => railTo(row, markY(at), markY(at + 1))),
    rows.map((row, at) => [
      h('circle', {
        class: `stop${row.isEnd ? ' end' : ''}${isSilent(row) ? ' silent' : ''}`,
        cx: MARK + 2,
        cy: markY(at),
        r: 10,
      }),
      h(
        'text',
        {
          class: `stop-text${row.isEnd ? ' end' : ''}`,
          x: MARK + 2,
          y: markY(at) + 4,
          'text-anchor': 'middle',
        },
        row.mark,
      ),
      h(
        'text',
        { class: `label${isSilent(row) ? ' quiet' : ''}`, x: 36, y: markY(at) + (isNarrow ? -3 : 4) },
        cut(
          row.label,
          isNarrow ? Math.min(MAX_LABEL, Math.floor((width - 180) / 7)) : Math.floor((left - 50) / 7.4),
        ),
      ),
      timesOf(row, x, y(at)),
      h(
        'text',
        { class: 'figure', x: width - 68, y: markY(at) + (isNarrow ? -3 : 4), 'text-anchor': 'end' },
        row.time,
      ),
      h(
        'text',
        { class: 'loss', x: width - 4, y: markY(at) + (isNarrow ? -3 : 4), 'text-anchor': 'end' },
        row.loss,
      ),
    ]),
  );
}

/** @param {Row} row */
const isSilent = ({ times }) => times.every((ms) => ms === null);

/**
 * @param {Row} row
 * @param {number} from
 * @param {number} to
 */
const railTo = (row, from, to) =>
  h('line', {
    class: `rail${isSilent(row) ? ' silent' : ''}`,
    x1: MARK + 2,
    x2: MARK + 2,
    y1: from + 11,
    y2: to - 11,
  });

/**
 * A dot for each answer, a line from the fastest to the slowest, a cross for each that never came.
 *
 * @param {Row} row
 * @param {(ms: number) => number} x
 * @param {number} y
 */
function timesOf({ times }, x, y) {
  const answered = times.filter((ms) => ms !== null);
  const lost = times.length - answered.length;
  return [
    answered.length > 1 &&
      h('line', { class: 'range', x1: x(Math.min(...answered)), x2: x(Math.max(...answered)), y1: y, y2: y }),
    answered.map((ms) => h('circle', { class: 'dot', cx: x(ms), cy: y, r: 4 })),
    Array.from({ length: Math.min(lost, 20) }, (_, at) => cross(x(0) + 5 + at * 12, y)),
  ];
}

/**
 * @param {number} x
 * @param {number} y
 */
const cross = (x, y) => h('path', { class: 'lost', d: `M${x - 3.5} ${y - 3.5}l7 7m0-7l-7 7` });

/**
 * The replies to pings in the order of the requests.
 *
 * @param {{ times: readonly (number | null)[], mean: number | null, summary: string }} replies `null`: no answer
 * @param {number} width in CSS pixels
 */
export function repliesChart({ times, mean, summary }, width) {
  const [left, right, bottom, height] = [62, 106, 22, 170];
  const ticks = ticksTo(Math.max(0, ...times.map((ms) => ms ?? 0)), 4);
  const base = height - bottom;
  const y = (/** @type {number} */ ms) => round(base - (ms / (ticks.at(-1) ?? 1)) * (base - 14));
  const step = (width - left - right) / Math.max(1, times.length);
  const x = (/** @type {number} */ at) => round(left + step * (at + 0.5));
  const every = Math.ceil(times.length / Math.max(1, Math.floor((width - left - right) / 26)));
  return h(
    'svg',
    {
      class: 'chart',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-label': summary,
    },
    ticks.map((ms) => [
      h('line', { class: 'grid', x1: left, x2: width - right, y1: y(ms), y2: y(ms) }),
      h('text', { class: 'tick', x: left - 8, y: y(ms) + 4, 'text-anchor': 'end' }, milliseconds(ms)),
    ]),
    times.map((ms, at) => [
      ms === null
        ? cross(x(at), base - 8)
        : [
            h('line', { class: 'stem', x1: x(at), x2: x(at), y1: base, y2: y(ms) }),
            h('circle', { class: 'dot', cx: x(at), cy: y(ms), r: 4.5 }),
          ],
      at % every === 0 &&
        h('text', { class: 'tick', x: x(at), y: height - 5, 'text-anchor': 'middle' }, at + 1),
    ]),
    mean !== null && [
      h('line', { class: 'mean', x1: left, x2: width - right, y1: y(mean), y2: y(mean) }),
      h('text', { class: 'figure', x: width - right + 7, y: y(mean) + 4 }, `mean ${milliseconds(mean)}`),
    ],
  );
}

/**
 * A line of figures as they came; a gap where there was none.
 *
 * @param {readonly (number | null)[]} values oldest first
 * @param {{ width: number, height: number, summary: string, slots: number }} options
 */
export function sparkline(values, { width, height, summary, slots }) {
  const most = Math.max(0, ...values.map((value) => value ?? 0));
  const step = (width - 8) / Math.max(1, slots - 1);
  const first = width - 4 - step * (values.length - 1);
  const x = (/** @type {number} */ at) => round(first + step * at);
  const y = (/** @type {number} */ value) =>
    round(height - 4 - (most === 0 ? 0 : value / most) * (height - 8));
  let path = '';
  let isPen = false;
  values.forEach((value, at) => {
    if (value !== null) path += `${isPen ? 'L' : 'M'}${x(at)} ${y(value)}`;
    isPen = value !== null;
  });
  const last = values.at(-1) ?? null;
  return h(
    'svg',
    { class: 'spark', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': summary },
    h('line', { class: 'base', x1: 4, x2: width - 4, y1: height - 2, y2: height - 2 }),
    path !== '' && h('path', { class: 'line', d: path }),
    last !== null && h('circle', { class: 'dot', cx: x(values.length - 1), cy: y(last), r: 2.5 }),
  );
}

/**
 * Round figures from 0 to what is at least `most`.
 *
 * @param {number} most
 * @param {number} count about so many steps
 */
export function ticksTo(most, count) {
  const least = Math.max(most, 0.001);
  const raw = least / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= raw) ?? 10) * power;
  const steps = Math.max(1, Math.ceil(least / step - 1e-9));
  return Array.from({ length: steps + 1 }, (_, at) => Number((at * step).toPrecision(6)));
}

/** @param {number} value */
const round = (value) => Math.round(value * 100) / 100;
