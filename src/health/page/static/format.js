/** Figures and times as people read them. Times are in milliseconds unless their name says otherwise. */

/** Stands for a figure that is missing. */
const UNKNOWN = '–';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** @param {number} seconds such as 93784: "1 d 2 h" */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return UNKNOWN;
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return two(whole, MINUTE, 'min', 1, 's');
  if (whole < DAY) return two(whole, HOUR, 'h', MINUTE, 'min');
  return two(whole, DAY, 'd', HOUR, 'h');
}

/**
 * @param {number} whole
 * @param {number} big
 * @param {string} bigName
 * @param {number} small
 * @param {string} smallName
 */
function two(whole, big, bigName, small, smallName) {
  const rest = Math.floor((whole % big) / small);
  const first = `${Math.floor(whole / big)} ${bigName}`;
  return rest === 0 ? first : `${first} ${rest} ${smallName}`;
}

/** @param {number} ms three digits that mean something: "0.019 ms", "12.3 ms", "1.25 s" */
export function milliseconds(ms) {
  if (!Number.isFinite(ms)) return UNKNOWN;
  if (Math.abs(ms) >= 1000) return `${digits(ms / 1000)} s`;
  return `${digits(ms)} ms`;
}

/** @param {number} value */
function digits(value) {
  const absolute = Math.abs(value);
  if (absolute >= 100) return value.toFixed(0);
  if (absolute >= 10) return value.toFixed(1);
  if (absolute >= 1) return value.toFixed(2);
  return String(Number(value.toFixed(3)));
}

/** @param {number} bytes */
export function size(bytes) {
  if (!Number.isFinite(bytes)) return UNKNOWN;
  const units = ['bytes', 'KiB', 'MiB', 'GiB'];
  let at = 0;
  let left = bytes;
  while (left >= 1024 && at < units.length - 1) {
    left /= 1024;
    at += 1;
  }
  return `${at === 0 ? left : Number(left.toFixed(1))} ${units[at]}`;
}

/** @param {unknown} value */
export const number = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? value.toLocaleString('en') : UNKNOWN;

/**
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

/** @param {unknown} iso when something was, as the clock on the wall of the reader says it */
export function clock(iso) {
  const date = new Date(typeof iso === 'string' || typeof iso === 'number' ? iso : NaN);
  if (Number.isNaN(date.getTime())) return 'at an unknown time';
  const pad = (/** @type {number} */ value) => String(value).padStart(2, '0');
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** @param {string} state such as "half-open": "Half-open" */
export const capital = (state) => state.charAt(0).toUpperCase() + state.slice(1);

/**
 * A text that fits; what follows is told by the caller.
 *
 * @param {string} text
 * @param {number} length
 */
export function cut(text, length) {
  if (text.length <= length) return text;
  // Never half a character.
  const end = /[\uD800-\uDBFF]/.test(text.charAt(length - 1)) ? length - 1 : length;
  return `${text.slice(0, end)}…`;
}
